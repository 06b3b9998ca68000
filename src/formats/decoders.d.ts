// Types for WebAssembly decoders of three.js and laz-perf, as far as they are used. Their scripts are CommonJS without types.

declare module "*.wasm" {
  const path: string;
  export default path;
}

declare module "three/examples/jsm/libs/draco/gltf/draco_wasm_wrapper.js" {
  export interface DracoAttribute {
    num_components(): number;
  }
  export interface DracoGeometry {
    num_points(): number;
    num_faces(): number;
  }
  export interface DracoDecoder {
    GetEncodedGeometryType(bytes: Int8Array): number;
    DecodeArrayToMesh(bytes: Int8Array, length: number, mesh: DracoGeometry): { ok(): boolean };
    DecodeArrayToPointCloud(bytes: Int8Array, length: number, cloud: DracoGeometry): { ok(): boolean };
    GetAttributeByUniqueId(geometry: DracoGeometry, id: number): DracoAttribute;
    GetAttributeDataArrayForAllPoints(
      geometry: DracoGeometry,
      attribute: DracoAttribute,
      type: number,
      bytes: number,
      pointer: number,
    ): boolean;
    GetTrianglesUInt32Array(geometry: DracoGeometry, bytes: number, pointer: number): boolean;
  }
  export interface DracoModule {
    readonly Decoder: new () => DracoDecoder;
    readonly Mesh: new () => DracoGeometry;
    readonly PointCloud: new () => DracoGeometry;
    readonly HEAPF32: Float32Array<ArrayBuffer>;
    readonly TRIANGULAR_MESH: number;
    readonly DT_INT8: number;
    readonly DT_UINT8: number;
    readonly DT_INT16: number;
    readonly DT_UINT16: number;
    readonly DT_UINT32: number;
    readonly DT_FLOAT32: number;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    destroy(object: unknown): void;
    /** Address of a wrapped C++ object; 0 is the null pointer. */
    getPointer(object: unknown): number;
  }
  /** Resolves to a module that has no `then` method: awaiting a thenable would never end. */
  export default function DracoDecoderModule(options: { wasmBinary: Uint8Array }): Promise<DracoModule>;
}

declare module "three/examples/jsm/libs/basis/basis_transcoder.js" {
  export interface Ktx2File {
    isValid(): boolean;
    isHDR(): boolean;
    getWidth(): number;
    getHeight(): number;
    startTranscoding(): boolean;
    getImageTranscodedSizeInBytes(level: number, layer: number, face: number, format: number): number;
    transcodeImage(
      target: Uint8Array,
      level: number,
      layer: number,
      face: number,
      format: number,
      alphaForOpaque: number,
      channel0: number,
      channel1: number,
    ): boolean;
    close(): void;
    delete(): void;
  }
  export interface BasisModule {
    initializeBasis(): void;
    readonly KTX2File: new (bytes: Uint8Array) => Ktx2File;
  }
  export default function BASIS(options: { wasmBinary: Uint8Array }): Promise<BasisModule>;
}

declare module "laz-perf/lib/node/laz-perf.js" {
  export interface LaszipDecoder {
    /** @param file address of the whole file */
    open(file: number, length: number): void;
    /** Decompresses the next record. @param to its address */
    getPoint(to: number): void;
    getPointLength(): number;
  }
  export interface LazPerf {
    readonly LASZip: new () => LaszipDecoder;
    /** Replaced when the memory grows. */
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    _malloc(bytes: number): number;
  }
  export default function createLazPerf(options: {
    instantiateWasm(
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance) => void,
    ): WebAssembly.Exports;
    printErr(): void;
  }): Promise<LazPerf>;
}
