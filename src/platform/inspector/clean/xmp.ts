/**
 * What XMP (ISO 16684-1) says beside who, where and when: how to use further pictures in the file, and how to show a
 * panorama. By namespace, which properties; all of it where there is no list.
 */
const google = "http://ns.google.com/photos/";
const apple = "http://ns.apple.com/";
const all = /^/;
const kept = new Map<string, RegExp>([
  ["http://ns.adobe.com/hdr-gain-map/1.0/", all],
  ...["HDRGainMap", "pixeldatainfo", "depthData", "depthBlurEffect", "portraitEffectsMatte"].map(
    (name) => [`${apple}${name}/1.0/`, all] as const,
  ),
  [`${apple}semanticSegmentationMatte/1.0/`, all],
  [`${google}1.0/container/`, all],
  [`${google}1.0/container/item/`, all],
  [`${google}1.0/camera/`, /^(MotionPhoto|MicroVideo)/],
  [`${google}1.0/panorama/`, /^(ProjectionType|UsePanoramaViewer|Cropped|FullPano|InitialView|Largest)/],
  ...["depthmap", "image", "audio"].map((name) => [`${google}1.0/${name}/`, all] as const),
  ...["device", "profile", "camera", "depthmap", "imagingmodel", "image", "container", "item"].map(
    (name) => [`${google}dd/1.0/${name}/`, all] as const,
  ),
]);

/** What holds the properties, and says nothing itself; the last one names what goes on in another segment. */
const rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const structure = new Map<string, RegExp>([
  [rdf, /^(RDF|Description|Seq|Bag|Alt|li|parseType|resource|value)$/],
  ["adobe:ns:meta/", /^xmpmeta$/],
  ["http://ns.adobe.com/xmp/note/", /^HasExtendedXMP$/],
]);

/** Longer ones are made to take time. */
const mostBytes = 1024 * 1024;
/** Comment or instruction; end; start with its attributes; text. */
const token =
  /<!--[^]*?-->|<\?[^]*?\?>|<\/([^\s>]+)\s*>|<([^\s/>!?]+)((?:\s+[^\s=<>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|[^<]+/gy;
const attribute = /([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/g;

/** Whether such a packet has a picture or sound as text (`GImage:Data`): nobody here knows what that tells. */
export function holdsData(reduced: Buffer): boolean {
  return /:Data[\s=>]/.test(reduced.toString("latin1"));
}

/** How many bytes further pictures and films have, and what fills up between them (Google's container). */
export function bytesNamed(reduced: Buffer): number {
  return numbersIn(reduced, "Length|Padding").reduce((sum, bytes) => sum + bytes, 0);
}

/** How far before the end of the file the film of a photo starts, as phones said before there was the container; 0 without one. */
export function filmNamed(reduced: Buffer): number {
  return Math.max(0, ...numbersIn(reduced, "MicroVideoOffset"));
}

function numbersIn(reduced: Buffer, names: string): number[] {
  const pattern = new RegExp(`:(?:${names})\\s*(?:=\\s*["']|>)\\s*(\\d{1,12})(?!\\d)`, "g");
  return reduced
    .toString("latin1")
    .matchAll(pattern)
    .map(([, bytes]) => Number(bytes))
    .toArray();
}

/**
 * The packet with blanks in the place of everything else, as long as it was; undefined where nothing would be left, or
 * it cannot be read. Names are by the ASCII of their bytes.
 */
export function reduceXmp(packet: Buffer): Buffer | undefined {
  if (packet.length > mostBytes) return undefined;
  const text = packet.toString("latin1");
  const out = Buffer.from(packet);
  const blank = (from: number, to: number) => void out.fill(0x20, from, to);
  const spaces = new Map<string, string>();
  /** Of the elements around: whether what is in them stays; null for those that only hold others. */
  const around: (boolean | null)[] = [];
  let found = false;

  const isIn = (list: ReadonlyMap<string, RegExp>, name: string) => {
    const [prefix = "", local = ""] = name.split(":");
    return list.get(spaces.get(prefix) ?? "")?.test(local) === true;
  };

  /** Where an attribute may stay. */
  const isKept = (name: string, value: string) => {
    if (name.startsWith("xmlns:")) return kept.has(value) || structure.has(value);
    const says = isIn(kept, name);
    found ||= says;
    return says || isIn(structure, name);
  };

  const learn = (attributes: string) => {
    for (const [, name, value] of attributes.matchAll(attribute)) {
      if (name!.startsWith("xmlns:")) spaces.set(name!.slice(6), value!.slice(1, -1));
    }
  };

  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (!match) return undefined;
    const [whole, end, start, attributes = "", closed] = match;
    const inside = around.at(-1) ?? null;
    if (start !== undefined) {
      learn(attributes);
      const stays = inside === false ? false : isIn(structure, start) ? inside : isIn(kept, start);
      found ||= stays === true;
      if (stays === false) blank(at, at + whole.length);
      else {
        const first = at + 1 + start.length;
        for (const one of attributes.matchAll(attribute)) {
          const from = first + one.index;
          if (!isKept(one[1]!, one[2]!.slice(1, -1))) blank(from, from + one[0].length);
        }
      }
      if (!closed) around.push(stays);
    } else if (end !== undefined) {
      if (inside === false) blank(at, at + whole.length);
      around.pop();
    } else if (whole.startsWith("<!--") || (!whole.startsWith("<") && inside !== true)) {
      blank(at, at + whole.length);
    }
  }
  return found ? out : undefined;
}
