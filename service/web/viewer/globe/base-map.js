// The base map under the buildings: tiles of a day drawn by our server, seen through a filter on dark pages.

import { ImageryLayer, SplitDirection, UrlTemplateImageryProvider } from '@cesium/engine';
import { lastChange } from '../timeline.js';

const PAUSE = 250; // a day that is passed over on the way to another is not asked for
const FRAMES = 4; // in which the engine asks for the first tiles of a new map

/**
 * A layer like any other, the lowest; what was seen stays until the map of another day is there. `on.trouble('map')` hears of
 * tiles that cannot be fetched. Days between two changes of what is drawn share one map; that of today has no day in its address.
 */
export class BaseMap {
  constructor(scene, { imagery, imageryLevel, imageryTimeline, today }, on) {
    const about = { id: 'map', timeline: imageryTimeline };
    Object.assign(this, { scene, url: imagery, maximumLevel: imageryLevel, today, about, on, filter: 'none', strength: 1, split: SplitDirection.NONE });
    Object.assign(this, { since: null, layer: null, old: null, frames: 0, waiting: null, watch: () => this.settle() });
    scene.postRender.addEventListener(this.watch);
  }

  /** Shows the map of a day, once the day is kept for a moment. */
  show(day) {
    clearTimeout(this.waiting);
    const asked = setTimeout(() => this.turn(day, asked), this.layer ? PAUSE : 0);
    this.waiting = asked;
  }

  async turn(day, asked) {
    const days = day === this.today ? [] : await this.on.changeDays(this.about);
    if (asked !== this.waiting) return;
    this.waiting = null;
    const since = lastChange(days, day);
    const shown = since === lastChange(days, this.today) ? null : since;
    if (!this.layer || shown !== this.since) {
      this.since = shown;
      this.load();
    }
    this.scene.requestRender(); // whatever comes of it, the scene is told that nothing more is asked
  }

  /** Lays the map anew over what is there. */
  load() {
    const { imageryLayers } = this.scene;
    if (this.old) imageryLayers.remove(this.layer);
    else this.old = this.layer;
    this.layer = new ImageryLayer(this.provider(), { splitDirection: this.split });
    imageryLayers.add(this.layer, this.old ? imageryLayers.indexOf(this.old) + 1 : 0);
    this.frames = 0;
    this.setVisible(this.strength);
  }

  /** Takes the old map away once the new one is whole. */
  settle() {
    if (!this.old) return;
    this.frames += 1;
    if (this.frames >= FRAMES && !this.scene.globe.tilesLoaded) return;
    if (this.frames >= FRAMES) {
      this.scene.imageryLayers.remove(this.old);
      this.old = null;
    }
    this.scene.requestRender();
  }

  provider() {
    const { maximumLevel, filter } = this;
    const url = this.since ? `${this.url}?datetime=${this.since}` : this.url;
    const provider = new UrlTemplateImageryProvider({ url, maximumLevel, enablePickFeatures: false });
    provider.errorEvent.addEventListener((error) => {
      error.retry = error.timesRetried < 1;
      if (!error.retry) this.on.trouble('map');
    });
    const fetchTile = provider.requestImage.bind(provider);
    if (filter !== 'none') provider.requestImage = (...tile) => fetchTile(...tile)?.then((image) => filtered(image, filter));
    return provider;
  }

  /** Shows as much of the map as `share` says, from 0 to 1. */
  setVisible(share) {
    this.strength = share;
    for (const layer of [this.layer, this.old]) if (layer) Object.assign(layer, { alpha: share, show: share > 0 });
    this.scene.requestRender();
  }

  /** Shows the map through a CSS filter: the engine's own colour controls turn hues wrongly. */
  setFilter(filter) {
    if (filter === this.filter) return;
    this.filter = filter;
    if (this.layer) this.load();
  }

  /** Shows the map on one side of the swipe only. */
  setSplit(direction) {
    this.split = direction;
    for (const layer of [this.layer, this.old]) if (layer) layer.splitDirection = direction;
    this.scene.requestRender();
  }

  /** Takes the map out of the scene for good. */
  destroy() {
    clearTimeout(this.waiting);
    this.waiting = null;
    this.scene.postRender.removeEventListener(this.watch);
    for (const layer of [this.layer, this.old]) if (layer) this.scene.imageryLayers.remove(layer);
  }

  get loaded() { return this.waiting === null && !this.old; }

  get current() { return null; }

  retry() { this.load(); }

  pick() {}

  known() { return null; }

  repaint({ mapFilter }) { this.setFilter(mapFilter); }
}

function filtered(image, filter) {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const brush = canvas.getContext('2d');
  brush.filter = filter;
  brush.drawImage(image, 0, 0);
  return canvas.transferToImageBitmap();
}
