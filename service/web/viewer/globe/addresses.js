// Tile addresses without what the engine adds to them.

import { Resource } from '@cesium/engine';

/**
 * The address of a tileset whose tiles are asked for by just the names it gives them. The engine hands the day and the
 * version of the whole down to every part; but a part's name says all that is in it, and two days share most parts.
 */
export class OwnNames extends Resource {
  clone(result) {
    return super.clone(result ?? new OwnNames({ url: this.url }));
  }

  getDerivedResource(options) {
    if (!options.url) return super.getDerivedResource(options);
    return new OwnNames({ url: new URL(options.url, new URL(this.url, location.href)).href });
  }
}
