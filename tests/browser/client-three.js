// What runs in the page of a client that is not CesiumJS: looks at a tileset so that all of its leaves are wanted.

import { TilesRenderer } from '3d-tiles-renderer/three';
import { GLTFExtensionsPlugin } from '3d-tiles-renderer/three/plugins';
import { MeshoptDecoder } from 'meshoptimizer';
import { PerspectiveCamera, Scene, Sphere, Vector3, WebGLRenderer } from 'three';

const renderer = new WebGLRenderer();
document.body.append(renderer.domElement);

/** The texts in the `code` columns of a drawn tile; the blocks of far views have none. */
function codes(scene) {
  const found = [];
  scene.traverse(({ userData: { structuralMetadata } }) => {
    if (!structuralMetadata) return;
    for (const table of structuralMetadata.tableAccessors.filter(({ definition }) => 'code' in definition.properties)) {
      const rows = Array.from({ length: table.count }, (_, row) => table.getPropertyValue('code', row));
      found.push(...rows.filter(Boolean));
    }
  });
  return found;
}

window.look = async ({ url }) => {
  const seen = { failed: [], tiles: 0, triangles: 0, points: 0, codes: [] };
  const [scene, camera] = [new Scene(), new PerspectiveCamera(60, 4 / 3, 1, 1e8)];
  const tiles = new TilesRenderer(url);
  tiles.errorTarget = 0.01;
  tiles.registerPlugin(new GLTFExtensionsPlugin({ metadata: true, meshoptDecoder: MeshoptDecoder }));
  tiles.setCamera(camera);
  tiles.setResolutionFromRenderer(camera, renderer);
  tiles.addEventListener('load-error', ({ error, url: failed }) => seen.failed.push(`${failed}: ${error}`));
  tiles.addEventListener('load-model', ({ scene: model }) => {
    seen.tiles += 1;
    seen.codes.push(...codes(model));
    model.traverse(({ isMesh, isPoints, geometry }) => {
      if (isMesh) seen.triangles += (geometry.index ?? geometry.attributes.position).count / 3;
      if (isPoints) seen.points += geometry.attributes.position.count;
    });
  });
  scene.add(tiles.group);
  const [around, began] = [new Sphere(), performance.now()];
  for (let quiet = 0; quiet < 30 && performance.now() - began < 60_000;) {
    if (tiles.getBoundingSphere(around)) {
      const up = around.center.clone().normalize();
      camera.up.copy(new Vector3(0, 0, 1).cross(up).normalize());
      camera.position.copy(around.center).addScaledVector(up, around.radius * 2.5);
      camera.lookAt(around.center);
      camera.updateMatrixWorld();
    }
    tiles.update();
    renderer.render(scene, camera);
    const { downloading, parsing, queued = 0 } = tiles.stats;
    quiet = tiles.root && !downloading && !parsing && !queued ? quiet + 1 : 0;
    await new Promise(requestAnimationFrame);
  }
  seen.codes = [...new Set(seen.codes)].sort();
  tiles.dispose();
  return seen;
};
