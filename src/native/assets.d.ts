// Files that `with { type: "file" }` turns into a path: on disk in a clone, inside /$bunfs in the executable.
declare module "*.so" {
  const path: string;
  export default path;
}
declare module "*.so.0" {
  const path: string;
  export default path;
}
declare module "*.tar.zst" {
  const path: string;
  export default path;
}
