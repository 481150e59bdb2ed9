// Chromium without a window, for every script here: with 3D, which the processor draws, or without.

import { chromium } from 'playwright-core';

const ALWAYS = ['--no-sandbox', '--force-color-profile=srgb', '--lang=zh-CN', '--disable-background-networking'];
const WITH_3D = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];
const WITHOUT_3D = ['--disable-gpu', '--disable-3d-apis', '--disable-software-rasterizer'];
const FROM_ELSEWHERE = ['--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests'];

const launch = (...flags) => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...ALWAYS, ...flags] });

/** For the globe. */
export const launchWith3d = () => launch(...WITH_3D);

/** For pages of another origin that ask a service of this machine. */
export const launchElsewhere = () => launch(...WITH_3D, ...FROM_ELSEWHERE);

/** For plain pages, and for the globe's page where there is no 3D; plain pages take half the time so. */
export const launchWithout3d = () => launch(...WITHOUT_3D);
