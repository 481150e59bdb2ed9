// The last picture, laid over the scene while its ground is made anew: the engine drops all of the old ground at once.

import { pictureOf } from './canvas.js';

const PATIENCE = 10_000;

/** Makes the veil of a scene: `lay()` lays it; it is lifted once the ground is whole, or the eye moves. */
export function createVeil(scene) {
  let laid = null; // the picture, how many frames ago, and what lifts it at last
  let drawn = false; // whether there ever was a whole picture

  const lift = () => {
    if (!laid) return;
    clearTimeout(laid.patience);
    laid.picture.remove();
    laid = null;
  };
  scene.postRender.addEventListener(() => {
    drawn ||= scene.globe.tilesLoaded;
    if (!laid) return;
    laid.frames += 1;
    if (laid.frames < 4) scene.requestRender(); // the engine asks for the new ground's first tiles in these
    else if (scene.globe.tilesLoaded) lift();
  });
  scene.camera.moveStart.addEventListener(lift);
  return {
    lay: () => {
      if (!drawn || laid) return;
      const picture = pictureOf(scene);
      scene.canvas.after(picture);
      laid = { picture, frames: 0, patience: setTimeout(lift, PATIENCE) };
    },
  };
}
