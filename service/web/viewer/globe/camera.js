// The camera in words of the page: degrees, and metres above the ground.

import { Cartesian2, Cartesian3, Cartographic, HeadingPitchRange, IntersectionTests, Math as Angles, Matrix4, Rectangle, Transforms } from '@cesium/engine';
import { groundEllipsoid } from './ground.js';

const NEAREST = 25;
const FARTHEST = 2.5e7;

/** Makes the camera's handle for a scene over ground at `ground` metres. */
export function createCamera(scene, ground) {
  const { camera, canvas } = scene;
  const surface = groundEllipsoid(ground);

  const orientation = ({ heading = 0, pitch = -90 }) => ({ heading: Angles.toRadians(heading), pitch: Angles.toRadians(pitch), roll: 0 });
  const place = ({ lon, lat, height }) => Cartesian3.fromDegrees(lon, lat, height + ground);

  /** Where a point of the canvas meets the flat ground; undefined in the sky. */
  const flatAt = (x, y, ray = camera.getPickRay(new Cartesian2(x, y))) => {
    const hit = ray && IntersectionTests.rayEllipsoid(ray, surface);
    return hit && Cartesian3.add(ray.origin, Cartesian3.multiplyByScalar(ray.direction, hit.start > 0 ? hit.start : hit.stop, new Cartesian3()), new Cartesian3());
  };
  /** Where it meets the ground as it is drawn; through a cut in the terrain one would look down to its far side. */
  const groundAt = (x, y) => {
    const drawn = !scene.terrainProvider.flat && !scene.globe.clippingPlanes;
    return (drawn && scene.globe.pick(camera.getPickRay(new Cartesian2(x, y)), scene)) || flatAt(x, y);
  };
  const middle = () => groundAt(canvas.clientWidth / 2, canvas.clientHeight / 2);
  const degrees = (point) => {
    const { longitude, latitude, height } = Cartographic.fromCartesian(point);
    return { lon: Angles.toDegrees(longitude), lat: Angles.toDegrees(latitude), rise: height - ground };
  };

  const read = () => {
    const { longitude, latitude, height } = camera.positionCartographic;
    return {
      lon: Angles.toDegrees(longitude), lat: Angles.toDegrees(latitude), height: height - ground,
      heading: Angles.toDegrees(Angles.zeroToTwoPi(camera.heading)) % 360, pitch: Angles.toDegrees(camera.pitch),
    };
  };
  const set = (view) => { camera.setView({ destination: place(view), orientation: orientation(view) }); scene.requestRender(); };
  const fly = (view, seconds) => new Promise((done) => {
    if (!seconds) { set(view); done(); return; }
    camera.flyTo({ destination: place(view), orientation: orientation(view), duration: seconds, complete: done, cancel: done });
    scene.requestRender();
  });

  /** The camera that sees a box of degrees, or a point from 45°. */
  const over = ([west, south, east, north], heading = camera.heading) => {
    const size = Math.max((east - west) * 111_320 * Math.cos(Angles.toRadians(south)), (north - south) * 110_540);
    const [lon, lat] = [(west + east) / 2, (south + north) / 2];
    if (size > 20_000) {
      const { longitude, latitude, height } = Cartographic.fromCartesian(camera.getRectangleCameraCoordinates(Rectangle.fromDegrees(west, south, east, north)));
      return { lon: Angles.toDegrees(longitude), lat: Angles.toDegrees(latitude), height: height * 1.15, heading: 0, pitch: -90 };
    }
    const range = Math.max(450, size * 1.6);
    const local = new Cartesian3(-Math.sin(heading) * range * Math.SQRT1_2, -Math.cos(heading) * range * Math.SQRT1_2, range * Math.SQRT1_2);
    const frame = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(lon, lat, ground));
    const { longitude, latitude, height } = Cartographic.fromCartesian(Matrix4.multiplyByPoint(frame, local, local));
    return { lon: Angles.toDegrees(longitude), lat: Angles.toDegrees(latitude), height: height - ground, heading: Angles.toDegrees(heading), pitch: -45 };
  };

  /** Turns about the point in the middle of the screen. */
  const orbit = (turn, tilt) => {
    const target = middle();
    const view = read();
    const pitch = Math.max(-89.5, Math.min(-8, view.pitch + tilt));
    if (!target) return set({ ...view, heading: view.heading + turn, pitch });
    const range = Cartesian3.distance(camera.positionWC, target);
    camera.lookAt(target, new HeadingPitchRange(Angles.toRadians(view.heading + turn), Angles.toRadians(pitch), range));
    camera.lookAtTransform(Matrix4.IDENTITY);
    scene.requestRender();
  };

  const move = (right, forward) => {
    const view = read();
    const step = metresPerPixel() * Math.min(canvas.clientWidth, canvas.clientHeight) * 0.2;
    const heading = Angles.toRadians(view.heading);
    const east = (right * Math.cos(heading) + forward * Math.sin(heading)) * step;
    const north = (forward * Math.cos(heading) - right * Math.sin(heading)) * step;
    const lat = Math.max(-89, Math.min(89, view.lat + north / 111_000));
    set({ ...view, lat, lon: view.lon + east / (111_000 * Math.cos(Angles.toRadians(view.lat))) });
  };

  const zoom = (inward) => {
    const target = middle() ?? Cartesian3.add(camera.positionWC, Cartesian3.multiplyByScalar(camera.directionWC, read().height * 3, new Cartesian3()), new Cartesian3());
    const away = Cartesian3.subtract(camera.positionWC, target, new Cartesian3());
    const range = Cartesian3.magnitude(away);
    const wanted = Math.min(FARTHEST, Math.max(NEAREST, range * (inward > 0 ? 0.62 : 1 / 0.62)));
    const { heading, pitch } = camera;
    camera.setView({
      destination: Cartesian3.add(target, Cartesian3.multiplyByScalar(away, wanted / range, away), away),
      orientation: { heading, pitch, roll: 0 },
    });
    scene.requestRender();
  };

  /** How much ground one pixel in the middle of the screen covers, across the view. */
  const metresPerPixel = () => {
    const target = middle();
    const range = target ? Cartesian3.distance(camera.positionWC, target) : read().height;
    const { fovy } = camera.frustum;
    return (2 * range * Math.tan(fovy / 2)) / canvas.clientHeight;
  };

  /** The box of degrees of the ground in view; towards the horizon it ends where things are too small to see. */
  const bbox = () => {
    const far = 5 * read().height + 1500;
    const here = degrees(camera.positionWC);
    const [xs, ys] = [[0, 0.5, 1], [0, 0.5, 1]];
    const seen = xs.flatMap((x) => ys.map((y) => flatAt(x * canvas.clientWidth, y * canvas.clientHeight) ?? horizon(x))).map((point) => clamp(here, degrees(point), far));
    const [lons, lats] = [seen.map((p) => p.lon), seen.map((p) => p.lat)];
    return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  };
  const horizon = (x) => {
    const angle = camera.heading + (x - 0.5) * camera.frustum.fov;
    const east = Transforms.eastNorthUpToFixedFrame(camera.positionWC);
    return Matrix4.multiplyByPoint(east, new Cartesian3(Math.sin(angle) * 1e5, Math.cos(angle) * 1e5, 0), new Cartesian3());
  };

  return { read, set, fly, over, orbit, move, zoom, metresPerPixel, bbox, groundAt, middle, degrees };
}

/** Brings a place nearer to `here`, to no more than `far` metres. */
function clamp(here, { lon, lat }, far) {
  const narrow = Math.cos((here.lat * Math.PI) / 180);
  const [east, north] = [(lon - here.lon) * 111_320 * narrow, (lat - here.lat) * 110_540];
  const share = Math.min(1, far / Math.hypot(east, north));
  return { lon: here.lon + (lon - here.lon) * share, lat: here.lat + (lat - here.lat) * share };
}

