import { model, tetrahedron } from "./build-3mf.ts";

/** The model in a 3MF file, to damage: colors, components and transforms. */
export const MODEL_3MF = model(
  `<basematerials id="5"><base name="a" displaycolor="#FF0000"/></basematerials>
<object id="1" pid="5" pindex="0">${tetrahedron(['p1="0"'])}</object>
<object id="2"><components><component objectid="1" transform="0 1 0 -1 0 0 0 0 1 5 0 0"/></components></object>`,
  '<item objectid="2" transform="2 0 0 0 2 0 0 0 2 0 0 1"/><item objectid="1"/>',
);
