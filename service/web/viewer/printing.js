// The page on paper: what the graphics card has drawn is laid over the scene as a plain picture, which can be printed.

import { byId } from './page.js';

/** Starts listening for the printer; `globe()` is the globe or null. The map keeps its shape, whatever the paper's is. */
export function startPrinting(globe) {
  let laid = null;
  addEventListener('beforeprint', () => {
    const { clientWidth, clientHeight } = byId('stage');
    document.body.style.setProperty('--shape', clientWidth / clientHeight);
    byId('sketch').setAttribute('viewBox', `0 0 ${clientWidth} ${clientHeight}`);
    laid = globe()?.picture() ?? null;
    if (laid) byId('globe').append(laid);
  });
  addEventListener('afterprint', () => {
    laid?.remove();
    byId('sketch').removeAttribute('viewBox');
  });
}
