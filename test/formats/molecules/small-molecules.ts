export const FORMALDEHYDE_SDF = `formaldehyde
  scenecast

  4  3  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
    1.2000    0.0000    0.0000 O   0  0  0  0  0  0  0  0  0  0  0  0
   -0.6000    0.9400    0.0000 H   0  0  0  0  0  0  0  0  0  0  0  0
   -0.6000   -0.9400    0.0000 H   0  0  0  0  0  0  0  0  0  0  0  0
  1  2  2  0  0  0  0
  1  3  1  0  0  0  0
  1  4  1  0  0  0  0
M  END
$$$$
`;

export const FORMALDEHYDE_MOL2 = `# a comment
@<TRIPOS>MOLECULE
formaldehyde
 4 3 1 0 0
SMALL
NO_CHARGES
@<TRIPOS>ATOM
 1 C1 0.0000 0.0000 0.0000 C.2 1 LIG 0.0
 2 O1 1.2000 0.0000 0.0000 O.2 1 LIG 0.0
 3 H1 -0.6000 0.9400 0.0000 H 1 LIG 0.0
 4 H2 -0.6000 -0.9400 0.0000 H 1 LIG 0.0
@<TRIPOS>BOND
 1 1 2 2
 2 1 3 1
 3 1 4 1
`;
