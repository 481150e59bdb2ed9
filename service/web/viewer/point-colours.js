// The colours of points by class and from low to high: the scene and its legend are made of the same.

/** The classes of points of ASPRS LAS 1.4, with the colours they have here; the legend is made of the same. */
export const POINT_CLASSES = [
  [1, '#9aa3a0'], [2, '#a5763f'], [3, '#a8d08d'], [4, '#5fa34a'], [5, '#2c7a3f'], [6, '#d0473b'], [7, '#e05cc8'],
  [9, '#2f7fc2'], [10, '#6b4e9b'], [11, '#5b6067'], [13, '#e8b23a'], [14, '#e8b23a'], [15, '#8a6a2c'], [17, '#b8a184'], [18, '#e05cc8'],
];

/** The colours from low to high. */
export const RAMP = ['#30347d', '#2b7f8e', '#56a972', '#c9c04b', '#e9743a'];
