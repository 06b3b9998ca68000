// Files imported `with { type: "file" }`, as a path: on disk in a clone, in /$bunfs in an executable.
declare module "*.so" {
  const path: string;
  export default path;
}
declare module "*.so.0" {
  const path: string;
  export default path;
}
declare module "*.bin.zst" {
  const path: string;
  export default path;
}

// Written by the build scripts; declared so that types can be checked before the first build.
declare module "*/angle.json" {
  const manifest: import("./library-cache.ts").BundleManifest;
  export default manifest;
}
declare module "*/native.json" {
  const manifest: import("./library-cache.ts").BundleManifest;
  export default manifest;
}
