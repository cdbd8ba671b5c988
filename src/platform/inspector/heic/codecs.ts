/** How pictures are coded that can be decoded here, by the type of an item or sample, and the box that tells more. */
export const codecs = new Map<string, { codec: "hevc" | "av1"; configuration: string }>([
  ["hvc1", { codec: "hevc", configuration: "hvcC" }],
  ["av01", { codec: "av1", configuration: "av1C" }],
]);
