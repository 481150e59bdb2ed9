// The last picture, laid over the scene while its ground is made anew: the engine drops all of the old ground at once.

const PATIENCE = 10_000;

/** Makes the veil of a scene: `lay()` lays it; it is lifted once the ground is whole, or the eye moves. */
export function createVeil(scene, canvas) {
  const picture = document.createElement('canvas');
  picture.className = 'veil';
  picture.setAttribute('aria-hidden', 'true');
  let laid = null; // since when, and how many frames ago
  let drawn = false; // whether there ever was a whole picture

  const lift = () => {
    if (!laid) return;
    laid = null;
    picture.remove();
  };
  scene.postRender.addEventListener(() => {
    drawn ||= scene.globe.tilesLoaded;
    if (!laid) return;
    laid.frames += 1;
    if ((laid.frames > 3 && scene.globe.tilesLoaded) || performance.now() - laid.since > PATIENCE) lift();
    else scene.requestRender();
  });
  scene.camera.moveStart.addEventListener(lift);
  return {
    lay: () => {
      if (!drawn || laid) return;
      scene.render(); // what was drawn can be read right after it was drawn, and never later
      Object.assign(picture, { width: canvas.width, height: canvas.height });
      picture.getContext('2d').drawImage(canvas, 0, 0);
      canvas.after(picture);
      laid = { since: performance.now(), frames: 0 };
    },
  };
}
