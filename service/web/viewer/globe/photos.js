// Orthophotos of a day over the base map.

import { ImageryLayer, Rectangle, SplitDirection, UrlTemplateImageryProvider } from '@cesium/engine';
import { lastChange } from '../timeline.js';

/** A layer like any other in the list, laid over the ground. */
export class PhotoLayer {
  constructor(scene, about, { on }) {
    Object.assign(this, { scene, about, on, day: null, visible: false, coming: null, asking: null, shown: null, strength: 1, split: SplitDirection.NONE });
  }

  /** Shows the photos of a day; days between two surveys share theirs. */
  async show(day) {
    this.day = day;
    if (!this.visible) return;
    this.asking = day;
    const survey = lastChange(await this.on.changeDays(this.about), day);
    if (this.asking === day) this.asking = null;
    this.scene.requestRender(); // whatever comes of it, the scene is told that nothing more is asked
    if (!this.visible || day !== this.day || survey === (this.coming ?? this.shown)?.survey) return;
    const asked = { survey };
    this.coming = asked;
    this.on.loading(day, this.about.id);
    try {
      const answer = await fetch(`${this.about.tileset}?datetime=${survey}`, { headers: { Accept: 'application/json' } });
      if (!answer.ok) throw Object.assign(new TypeError(`imagery: ${answer.status}`), { statusCode: answer.status });
      const told = await answer.json();
      if (this.coming === asked) this.lay(survey, told);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (this.coming === asked) this.on.trouble(error.statusCode === 404 ? 'notiles' : 'tiles', day, this.about.id);
    }
    if (this.coming === asked) this.coming = null;
    this.scene.requestRender();
  }

  /** Lays the photos of a day over the ground; on a day without any there is nothing to lay. */
  lay(survey, { tiles, maxzoom, bounds }) {
    this.drop();
    this.shown = { survey, layer: null };
    if (bounds) {
      const provider = new UrlTemplateImageryProvider({ url: tiles[0], maximumLevel: maxzoom, enablePickFeatures: false, rectangle: Rectangle.fromDegrees(...bounds) });
      provider.errorEvent.addEventListener((error) => this.failed(error));
      this.shown.layer = new ImageryLayer(provider, { alpha: this.strength, splitDirection: this.split });
      this.scene.imageryLayers.add(this.shown.layer);
    }
    this.on.shown(this.day, this.about.id);
  }

  failed(error) {
    error.retry = error.timesRetried < 1;
    if (!error.retry) this.on.trouble('tiles', this.day, this.about.id);
  }

  drop() {
    if (this.shown?.layer) this.scene.imageryLayers.remove(this.shown.layer);
    this.shown = null;
  }

  retry() {
    this.drop();
    if (this.day) this.show(this.day);
  }

  setVisible(visible) {
    this.visible = visible;
    if (this.shown?.layer) this.shown.layer.show = visible;
    if (visible && this.day) this.show(this.day);
    this.scene.requestRender();
  }

  setStrength(share) {
    this.strength = share;
    if (this.shown?.layer) this.shown.layer.alpha = share;
    this.scene.requestRender();
  }

  /** Shows the photos on one side of the swipe only. */
  setSplit(direction) {
    this.split = direction;
    if (this.shown?.layer) this.shown.layer.splitDirection = direction;
    this.scene.requestRender();
  }

  /** Takes the photos out of the scene for good. */
  destroy() {
    this.coming = null;
    this.drop();
  }

  get loaded() { return !this.coming && !this.asking; }

  get current() { return null; }

  pick() {}

  known() { return null; }

  repaint() {}
}
