import { type Box3, BoxGeometry, EdgesGeometry, LineBasicMaterial, LineSegments, Vector3 } from "three";

/** The twelve edges of a box, as an object of the scene, so that the data hides the edges behind it. */
export function boxLines(box: Box3): LineSegments {
  const size = box.getSize(new Vector3());
  const geometry = new EdgesGeometry(new BoxGeometry(...size.toArray()));
  const lines = new LineSegments(geometry, new LineBasicMaterial({ color: 0x888888 }));
  lines.position.copy(box.getCenter(new Vector3()));
  return lines;
}
