import type { ColormapName } from "./colormap-names.ts";

/**
 * Evenly spaced colors of each colormap, six hexadecimal digits each (sRGB), sampled from matplotlib 3.6; linear interpolation between them
 * differs from its tables of 256 colors by at most 2.6 of 255. `rdbu` is from blue to red, as RdBu_r there: high values are red.
 */
const NODES = {
  viridis:
    "440154470d6048186a482374472d7b4537814240863e49893b528b375b8d33638d2f6b8e2c728e297a8e26828e23898e" +
    "21908c1f978b1f9f8821a68527ad8131b57b3ebc744dc26c5cc8636ece5882d34d95d840aadc32c0df25d5e21aeae51a" +
    "fde725",
  magma:
    "0000040a08221d114736106b50127c691c818226819c2e7fb6367acf4070e65164f46a5cfb8861fea571fec287fde0a1" +
    "fcfdbf",
  inferno:
    "0000040403120b0724150b37210c4a2f0a5b3d09654a0c6b56106e63156e70196e7d1e6d89226a962766a32c61af315b" +
    "bb3654c63d4dd14545da4f3ce35932eb6529f1721ef67f14f98c0afb9b06fcaa0ffbba1ff9c932f5d949f2e865f3f586" +
    "fcffa4",
  plasma:
    "0d088719068c2206902a059331059738049a3f049c46039f4c02a15302a35901a56001a66600a76c00a87201a87801a8" +
    "7e03a88405a78909a58f0da49511a19a169f9f1a9ca41f99a92395ae2892b32c8eb7318abc3587c03a83c43e7fc8437b" +
    "cc4678ce4b75d25071d5546ed9596adc5d67df6263e26760e56b5de87059eb7556ed7a52f07f4ff2844bf48a48f68f44" +
    "f89441f99a3efb9f3afca537fdab33fdb130feb72dfebd2afdc328fdca26fcd025fbd724f9dd25f7e425f5eb27f2f227" +
    "f0f921",
  cividis:
    "00224e00255300275800295d002b62002d68002f6d0031700533710f35701637701c396f213b6e263d6e2a3f6d2e416d" +
    "32436d35456c39486c3c4a6c3f4c6c424e6c45506c48526c4b546c4e566c51586d545a6d565c6d595e6e5c616e5e636f" +
    "61656f646770666970696b716c6d726e6f737172747374757676767878777b7a787e7c78807f78838179868379898578" +
    "8c88788f8a78928c78948e779791779a93769d9576a09875a39a74a69c74a99f73aca172afa471b3a670b6a96fb9ab6d" +
    "bcae6cbfb06bc2b369c5b568c8b866ccba64cfbd62d2c060d5c25ed9c55cdcc859dfca57e2cd54e6d051e9d34eedd54a" +
    "f0d846f3db42f7de3efbe138fee434fee838",
  turbo:
    "30123b392a734040a24456c7466be34680f64293ff37a7fa28bbec1dccd918dcc31ee8b031f2994cf97e6bfe648aff4c" +
    "a2fc3cb8f735cced34dee037edd03af7c03afdad35fe982cfb8022f56818ec520fe14109d23105c12302ac1701950d01" +
    "7a0403",
  gray: "000000ffffff",
  hot:
    "0b00001200001a00002200002a00003200003a00004200004a0000510000590000610000690000710000790000810000" +
    "890000900000980000a00000a80000b00000b80000c00000c80000cf0000d70000df0000e70000ef0000f70000ff0000" +
    "ff0800ff1000ff1700ff1f00ff2700ff2f00ff3700ff3f00ff4700ff4f00ff5600ff5e00ff6600ff6e00ff7600ff7e00" +
    "ff8600ff8e00ff9500ff9d00ffa500ffad00ffb500ffbd00ffc500ffcc00ffd400ffdc00ffe400ffec00fff400fffc00" +
    "ffff07ffff13ffff1fffff2affff36ffff42ffff4effff5affff65ffff71ffff7dffff89ffff95ffffa0ffffacffffb8" +
    "ffffc4ffffd0ffffdcffffe7fffff3ffffff",
  coolwarm:
    "3b4cc0445acc4e68d85875e16282ea6c8ff1779af782a6fb8db0fe98b9ffa3c2feaec9fcb8d0f9c2d5f4ccd9edd5dbe5" +
    "dcdcdce4d9d2ebd3c6f1cdb9f4c5adf7bba0f7b194f7a687f49a7bf18d6fec7f63e57058de614dd55042cb3e38c0282f" +
    "b40426",
  rdbu:
    "05306109386d0e41791249841752901b5a9c1f63a8246aae2a71b22f79b53480b93a87bd3f8ec04595c4519dc85ea5cd" +
    "6aacd177b3d583bbd98fc3dd9ac9e0a4cee3add3e6b7d8e9c1ddeccbe2efd3e6f1d9e9f2dfecf3e5eff4ebf2f5f1f5f6" +
    "f6f6f6f8f3f0f9efe8faeae0fbe6d9fce1d1fdddcafcd6c1fbcdb6f9c5abf8bca0f7b495f5ab8af3a380ef9878ea8d6f" +
    "e58268e17860dc6d57d7624fd25749cc4b44c6413ec13639bb2a34b61f2eae172aa21328960f278a0b257f0823730421" +
    "67001f",
  jet:
    "00008000008900009200009b0000a40000ad0000b60000bf0000c80000d10000da0000e30000ed0000f50000fe0000ff" +
    "0000ff0007ff000fff0017ff001fff0027ff002fff0037ff003fff0047ff004fff0057ff005fff0067ff006fff0077ff" +
    "007fff0087ff008fff0097ff009fff00a7ff00afff00b7ff00bfff00c7ff00cfff00d7ff00dffc01e7f508efef0ef7e8" +
    "15fee21bffdc21ffd528ffcf2effc835ffc23bffbc42ffb548ffaf4fffa855ffa25cff9b62ff9568ff8e6fff8875ff81" +
    "7cff7c81ff7588ff6f8eff6895ff629bff5ca2ff55a8ff4fafff48b5ff42bcff3bc2ff35c8ff2ecfff28d5ff21dcff1b" +
    "e2ff15e8ff0eeffe08f5f701fcf000ffe900ffe100ffda00ffd200ffcb00ffc300ffbc00ffb500ffad00ffa600ff9e00" +
    "ff9700ff9000ff8800ff8100ff7900ff7200ff6b00ff6300ff5c00ff5400ff4d00ff4600ff3e00ff3700ff3000ff2800" +
    "ff2200ff1a00fe1300f50b00ed0400e40000da0000d10000c80000bf0000b60000ad0000a400009b0000920000890000" +
    "800000",
} as const;

/** Number of colors in a table. */
const COLORMAP_SIZE = 256;

/** Red, green, blue of the `COLORMAP_SIZE` colors of a colormap, sRGB, 0 to 255; the first is that of the lowest value. */
export function colormapTable(name: ColormapName): Uint8Array<ArrayBuffer> {
  const isReversed = name.endsWith("-r");
  const nodes = NODES[name.replace(/-r$/, "") as keyof typeof NODES];
  const last = nodes.length / 6 - 1;
  const table = new Uint8Array(3 * COLORMAP_SIZE);
  for (let i = 0; i < COLORMAP_SIZE; i += 1) {
    const position = (last * i) / (COLORMAP_SIZE - 1);
    const node = Math.min(last - 1, Math.floor(position));
    const row = isReversed ? COLORMAP_SIZE - 1 - i : i;
    for (let c = 0; c < 3; c += 1) {
      const at = (of: number): number => Number.parseInt(nodes.slice(6 * of + 2 * c, 6 * of + 2 * c + 2), 16);
      table[3 * row + c] = Math.round(at(node) + (at(node + 1) - at(node)) * (position - node));
    }
  }
  return table;
}
