// The base map under the buildings: tiles drawn by our server, seen through a filter on dark pages.

import { ImageryLayer, UrlTemplateImageryProvider } from '@cesium/engine';

/** The base map of a scene; `on.trouble('map')` hears of tiles that cannot be fetched. */
export class BaseMap {
  constructor(scene, { imagery, imageryLevel }, on) {
    Object.assign(this, { scene, url: imagery, maximumLevel: imageryLevel, on, filter: 'none', strength: 1 });
    this.load();
  }

  /** Loads the map from nothing. */
  load() {
    if (this.layer) this.scene.imageryLayers.remove(this.layer);
    this.layer = new ImageryLayer(this.provider());
    this.scene.imageryLayers.add(this.layer, 0);
    this.setStrength(this.strength);
  }

  provider() {
    const { url, maximumLevel, filter } = this;
    const provider = new UrlTemplateImageryProvider({ url, maximumLevel, enablePickFeatures: false });
    provider.errorEvent.addEventListener((error) => {
      error.retry = error.timesRetried < 1;
      if (!error.retry) this.on.trouble('map');
    });
    const fetchTile = provider.requestImage.bind(provider);
    if (filter !== 'none') provider.requestImage = (...tile) => fetchTile(...tile)?.then((image) => filtered(image, filter));
    return provider;
  }

  setStrength(share) {
    this.strength = share;
    Object.assign(this.layer, { alpha: share, show: share > 0 });
    this.scene.requestRender();
  }

  /** Shows the map through a CSS filter: the engine's own colour controls turn hues wrongly. */
  setFilter(filter) {
    if (filter === this.filter) return;
    this.filter = filter;
    this.load();
  }
}

function filtered(image, filter) {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const brush = canvas.getContext('2d');
  brush.filter = filter;
  brush.drawImage(image, 0, 0);
  return canvas.transferToImageBitmap();
}
