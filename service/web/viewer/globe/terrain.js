// The ground as surveyed: quantized-mesh terrain of a day in place of the flat ground.

import { CesiumTerrainProvider } from '@cesium/engine';
import { OwnNames } from './addresses.js';

/** A layer like any other in the list, that is the ground itself; hidden, the ground is `flat`. */
export class TerrainLayer {
  constructor(scene, about, { flat, on }) {
    Object.assign(this, { scene, about, flat, on, day: null, visible: false, coming: null, address: '' });
  }

  async show(day) {
    this.day = day;
    if (!this.visible) return;
    const address = `${this.about.tileset.replace(/layer\.json$/, '')}?datetime=${day}`;
    if (address === this.address) return;
    this.address = this.coming = address;
    this.on.loading(day, this.about.id);
    try {
      const provider = await CesiumTerrainProvider.fromUrl(new OwnNames({ url: address }), { requestVertexNormals: true, requestWaterMask: false });
      if (this.coming !== address || !this.visible) return;
      provider.errorEvent.addEventListener((error) => this.failed(error));
      this.scene.terrainProvider = provider;
      this.on.shown(day, this.about.id);
    } catch (error) {
      if (this.coming !== address) return;
      this.address = '';
      this.on.trouble(error.statusCode === 404 ? 'notiles' : 'tiles', day, this.about.id);
    }
    this.coming = null;
    this.scene.requestRender();
  }

  failed(error) {
    error.retry = error.timesRetried < 1;
    if (!error.retry) this.on.trouble('tiles', this.day, this.about.id);
  }

  retry() {
    this.address = '';
    if (this.day) this.show(this.day);
  }

  setVisible(visible) {
    if (visible === this.visible) return;
    this.visible = visible;
    if (visible && this.day) this.show(this.day);
    if (!visible) {
      Object.assign(this, { address: '', coming: null });
      this.scene.terrainProvider = this.flat;
    }
    this.scene.requestRender();
  }

  get loaded() { return !this.coming; }

  get current() { return null; }

  setStrength() {}

  pick() {}

  known() { return null; }

  repaint() {}
}
