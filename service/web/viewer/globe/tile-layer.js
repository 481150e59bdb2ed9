// A layer of tiles at one day. Where its tiles hold all time, another day is there at once. Else it is loaded unseen and put
// in place of the old one when it is whole.

import { Cesium3DTileFeature, Cesium3DTileset, Color, ImageBasedLighting, SplitDirection } from '@cesium/engine';
import { dayNumber, dayText } from '../days.js';
import { lastChange } from '../timeline.js';
import { OwnNames } from './addresses.js';
import { sift, stands } from './all-time.js';
import { colourOf } from './look.js';

const PATIENCE = 12_000;
const FOREVER = 2_932_896; // the `valid_to` of what has not ended: 9999-12-31

/** Every look is unlit: the engine's table of reflections, which takes seconds where the processor draws, need not be made. */
class NoReflections extends ImageBasedLighting {
  update() {}
}

/**
 * A layer of a scene: `about` has its `id`, its `tileset`, its `history` if there is one, `timeline` and whether it brings its
 * `own` colours. `on` has `changeDays(about)`, `loading(day, id)`, `shown(day, id)`, `trouble(kind, day, id)`. Nothing is
 * loaded while it is hidden.
 */
export class TileLayer {
  constructor(scene, about, { today, look, colours, on }) {
    Object.assign(this, { scene, about, today, look, colours, on });
    this.split = SplitDirection.NONE;
    this.open = false;
    this.day = null;
    this.current = null;
    this.coming = null;
    this.visible = false;
    this.picked = null;
    this.unwatch = scene.postRender.addEventListener(() => this.watch());
  }

  /** Shows the layer at a day; a later call wins over an earlier one that is still loading. */
  async show(day) {
    this.day = day;
    if (!this.visible || this.turned(day)) return;
    this.drop(this.coming);
    const layer = { day, address: '', ever: false, features: new Map(), frames: 0, since: performance.now(), tileset: null };
    this.coming = layer;
    this.on.loading(day, this.about.id);
    try {
      layer.address = await this.addressOf(day);
      layer.ever = layer.address === this.about.history;
      if (this.coming !== layer) return;
      if (layer.address === this.current?.address) this.rename(day);
      else await this.load(layer);
    } catch (error) {
      if (this.coming !== layer) return;
      this.coming = null;
      if (layer.ever && error.statusCode === 404) return this.withoutHistory(day);
      this.on.trouble(error.statusCode === 404 ? 'notiles' : 'tiles', day, this.about.id);
      this.scene.requestRender();
    }
  }

  /** Turns to another day where the tiles hold all time: nothing is loaded, and the next frame shows it. */
  turned(day) {
    const layers = [this.current, this.coming].filter((layer) => layer?.ever && layer.address);
    for (const layer of layers) layer.day = day;
    if (layers.length && !this.coming) this.on.shown(day, this.about.id);
    this.scene.requestRender();
    return layers.length > 0;
  }

  /** The history is gone since the page was made: each day's own tiles must do. */
  withoutHistory(day) {
    this.about = { ...this.about, history: null };
    return this.show(day);
  }

  async load(layer) {
    const tileset = await Cesium3DTileset.fromUrl(new OwnNames({ url: layer.address }), this.options());
    if (this.coming === layer) this.adopt(layer, tileset);
    else tileset.destroy();
  }

  /** Nothing changed between the day drawn and this one: what is drawn is this day's too. */
  rename(day) {
    this.coming = null;
    this.current.day = day;
    this.on.shown(day, this.about.id);
    this.scene.requestRender();
  }

  /**
   * Where a day's tileset is: where all time's is, if there is one. Else days between two changes share the first one's, so that dragging over them loads nothing;
   * the last state is the one that is published whole, while any other is made when it is asked for.
   */
  async addressOf(day) {
    const { about: { tileset, history }, today } = this;
    if (history) return history;
    if (day === today) return tileset;
    const changes = (await this.on.changeDays(this.about)).filter((change) => change <= today);
    const last = lastChange(changes, day);
    return day < today && last === changes.at(-1) ? tileset : `${tileset}?datetime=${last}`;
  }

  options() {
    const small = Math.min(screen.width, screen.height) < 600;
    return {
      show: false, preloadWhenHidden: true,
      maximumScreenSpaceError: small ? 24 : 16,
      cacheBytes: (small ? 96 : 256) * 2 ** 20,
      customShader: this.look.shader,
      splitDirection: this.split,
      backFaceCulling: !this.open,
      environmentMapOptions: { enabled: false }, imageBasedLighting: new NoReflections(),
    };
  }

  adopt(layer, tileset) {
    layer.tileset = tileset;
    tileset.tileLoad.addEventListener((tile) => this.paint(layer, tile.content));
    if (layer.ever) tileset.tileVisible.addEventListener((tile) => sift(tile.content, dayNumber(layer.day)));
    tileset.tileUnload.addEventListener((tile) => forget(layer, tile.content));
    tileset.tileFailed.addEventListener(() => this.on.trouble('tiles', layer.day, this.about.id));
    // With nothing to keep on the screen there is no reason to wait.
    tileset.show = this.visible && !this.current;
    this.scene.primitives.add(tileset);
    this.scene.requestRender();
  }

  /** After each frame: is the day that was loading whole? Hidden tiles load only while frames are drawn. */
  watch() {
    const layer = this.coming;
    if (!layer?.tileset) return;
    layer.frames += 1;
    const whole = layer.frames > 2 && layer.tileset.tilesLoaded;
    if (whole || (this.current && performance.now() - layer.since > PATIENCE)) this.swap(layer);
    this.scene.requestRender();
  }

  swap(layer) {
    const old = this.current;
    this.current = layer;
    this.coming = null;
    layer.tileset.show = this.visible;
    this.drop(old);
    this.on.shown(layer.day, this.about.id);
  }

  /** Fetches the day anew, also what is there already: some tile of it may be missing. */
  retry() {
    for (const layer of [this.current, this.coming]) if (layer) layer.address = '';
    if (this.day) this.show(this.day);
  }

  /** Takes the layer out of the scene for good. */
  destroy() {
    this.drop(this.coming);
    this.drop(this.current);
    this.current = null;
    this.unwatch();
  }

  drop(layer) {
    if (layer?.tileset) this.scene.primitives.remove(layer.tileset);
    if (layer && layer === this.coming) this.coming = null;
  }

  setVisible(visible) {
    this.visible = visible;
    const shown = this.current ?? this.coming;
    if (shown?.tileset) shown.tileset.show = visible;
    if (visible && this.day && (this.coming ?? this.current)?.day !== this.day) this.show(this.day);
    this.scene.requestRender();
  }

  /** Draws everything with the layer's look as it is now. */
  dress() {
    this.eachTileset((tileset) => { tileset.customShader = this.look.shader; });
  }

  /** Draws surfaces from within too, where a cut lays solids open. */
  setOpen(open) {
    this.open = open;
    this.eachTileset((tileset) => { tileset.backFaceCulling = !open; });
  }

  /** Shows the layer on one side of the swipe only. */
  setSplit(direction) {
    this.split = direction;
    this.eachTileset((tileset) => { tileset.splitDirection = direction; });
  }

  get tilesets() {
    return [this.current, this.coming].flatMap((layer) => layer?.tileset ?? []);
  }

  eachTileset(act) {
    this.tilesets.forEach(act);
    this.scene.requestRender();
  }

  get loaded() {
    return !this.coming && (this.current?.tileset.tilesLoaded ?? true);
  }

  paint(layer, content) {
    for (const feature of featuresOf(content)) {
      // From afar blocks stand for many buildings; they have no code of their own.
      const code = feature.getProperty('code') ?? null;
      layer.features.set(code, [...(layer.features.get(code) ?? []), feature]);
      this.colour(feature, code);
    }
  }

  colour(feature, code) {
    const own = this.about.own || feature.getProperty('pictured');
    const usual = own ? Color.WHITE : colourOf(this.colours, feature.getProperty('class'));
    feature.color = code && code === this.picked ? this.colours.picked : usual;
  }

  /** Colours a thing as picked, and the one before as usual. */
  pick(code) {
    const changed = [this.picked, code];
    this.picked = code;
    for (const layer of [this.current, this.coming]) {
      for (const each of changed) layer?.features.get(each)?.forEach((feature) => this.colour(feature, each));
    }
    this.scene.requestRender();
  }

  /** Colours everything anew, when the theme has changed. */
  repaint(colours) {
    this.colours = colours;
    for (const layer of [this.current, this.coming]) {
      layer?.features.forEach((features, code) => features.forEach((feature) => this.colour(feature, code)));
    }
    this.scene.requestRender();
  }

  /** What a tile in view says of a thing on a day; null where none has it, or another day is drawn. */
  known(code, day) {
    const found = (this.current?.day === day && this.current.features.get(code)) || [];
    const feature = this.current?.ever ? found.find((each) => stands(each, dayNumber(day))) : found[0];
    return feature ? propertiesOf(feature) : null;
  }
}

/** A feature's metadata as a plain object; days that are numbers as text, an end that is none as null. */
const propertiesOf = (feature) => Object.fromEntries(feature.getPropertyIds().map((id) => [id, told(id, feature.getProperty(id))]));

const told = (id, value) => (!id.startsWith('valid_') || typeof value !== 'number' ? value : value < FOREVER ? dayText(value) : null);

/** What a picked thing says of itself: its own metadata, or that of the holding whose tile it stands in; else null. */
export function pickedOf(found) {
  const own = found instanceof Cesium3DTileFeature ? propertiesOf(found) : null;
  if (own?.code || own?.count) return own;
  for (let tile = found?.content?.tile; tile; tile = tile.parent) {
    if (tile.metadata?.hasProperty('code')) return { code: tile.metadata.getProperty('code'), name: tile.metadata.getProperty('name') };
  }
  return own;
}

function* featuresOf(content) {
  for (let i = 0; i < content.featuresLength; i++) yield content.getFeature(i);
}

function forget(layer, content) {
  for (const feature of featuresOf(content)) {
    const code = feature.getProperty('code') ?? null;
    const others = (layer.features.get(code) ?? []).filter((each) => each.content !== content);
    if (others.length) layer.features.set(code, others);
    else layer.features.delete(code);
  }
}
