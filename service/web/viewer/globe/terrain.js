// The ground as surveyed: quantized-mesh terrain of a day in place of the flat ground.

import { CesiumTerrainProvider, Resource } from '@cesium/engine';
import { ask } from '../api.js';
import { lastChange } from '../timeline.js';

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

/**
 * A layer like any other in the list, that is the ground itself; hidden, the ground is `flat`. The engine drops the old ground
 * all at once, so `veil` keeps the picture until the new one is there; days between two surveys share one.
 */
export class TerrainLayer {
  constructor(scene, about, { flat, veil, on }) {
    Object.assign(this, { scene, about, flat, veil, on, day: null, shown: null, visible: false, coming: null, asking: null });
  }

  async show(day) {
    this.day = day;
    if (!this.visible) return;
    this.asking = day;
    const survey = lastChange(await this.on.changeDays(this.about), day);
    if (this.asking === day) this.asking = null;
    this.scene.requestRender(); // whatever comes of it, the scene is told that nothing more is asked
    if (!this.visible || day !== this.day || survey === (this.coming ?? this.shown)) return;
    this.coming = survey;
    this.on.loading(day, this.about.id);
    try {
      const provider = await this.providerOf(survey);
      if (this.coming !== survey) return;
      this.lay(provider);
      this.shown = survey;
      this.on.shown(day, this.about.id);
    } catch (error) {
      if (this.coming !== survey) return;
      this.on.trouble((error.status ?? error.statusCode) === 404 ? 'notiles' : 'tiles', day, this.about.id);
    }
    this.coming = null;
    this.scene.requestRender();
  }

  lay(provider) {
    this.veil.lay();
    this.scene.terrainProvider = provider;
  }

  /** The terrain of a day; on one before all surveys the flat ground. */
  async providerOf(day) {
    const url = this.about.tileset.replace('layer.json', '');
    const { holdings } = await ask(`${this.about.tileset}?datetime=${day}`);
    if (!holdings.length) return this.flat;
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
      if (!this.scene.terrainProvider.flat) this.lay(this.flat);
    }
    this.scene.requestRender();
  }

  get loaded() { return !this.coming && !this.asking; }

  get current() { return null; }

  setStrength() {}

  pick() {}

  known() { return null; }

  repaint() {}
}
