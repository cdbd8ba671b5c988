/** Where the file is: in the folder, or inside the executable. */
declare module "*.wasm.zst" {
  const path: string;
  export default path;
}
