// The ground as surveyed: quantized-mesh terrain of a day in place of the flat ground.

import { CesiumTerrainProvider, Resource } from '@cesium/engine';

/** The address of the terrain of a day: its description is asked for by day, its tiles by the names that it gives them. */
class DayResource extends Resource {
  constructor(options, day) {
    super(options);
    this.day = day;
  }

  clone(result) {
    return super.clone(result ?? new DayResource({ url: this.url }, this.day));
  }

  getDerivedResource(options) {
    return super.getDerivedResource(options.url === 'layer.json' ? { ...options, queryParameters: { datetime: this.day } } : options);
  }
}

/** A layer like any other in the list, that is the ground itself; hidden, the ground is `flat`. */
export class TerrainLayer {
  constructor(scene, about, { flat, on }) {
    Object.assign(this, { scene, about, flat, on, day: null, shown: null, visible: false, coming: null });
  }

  async show(day) {
    this.day = day;
    if (!this.visible || day === (this.coming ?? this.shown)) return;
    this.coming = day;
    this.on.loading(day, this.about.id);
    try {
      const provider = await this.providerOf(day);
      if (this.coming !== day) return;
      this.scene.terrainProvider = provider;
      this.shown = day;
      this.on.shown(day, this.about.id);
    } catch (error) {
      if (this.coming !== day) return;
      this.on.trouble(error.statusCode === 404 ? 'notiles' : 'tiles', day, this.about.id);
    }
    this.coming = null;
    this.scene.requestRender();
  }

  async providerOf(day) {
    const url = this.about.tileset.replace('layer.json', '');
    const provider = await CesiumTerrainProvider.fromUrl(new DayResource({ url }, day), { requestVertexNormals: true });
    provider.errorEvent.addEventListener((error) => this.failed(error));
    return provider;
  }

  failed(error) {
    error.retry = error.timesRetried < 1;
    if (!error.retry) this.on.trouble('tiles', this.day, this.about.id);
  }

  retry() {
    Object.assign(this, { coming: null, shown: null });
    if (this.day) this.show(this.day);
  }

  setVisible(visible) {
    if (visible === this.visible) return;
    this.visible = visible;
    if (visible && this.day) this.show(this.day);
    if (!visible) {
      Object.assign(this, { coming: null, shown: null });
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
