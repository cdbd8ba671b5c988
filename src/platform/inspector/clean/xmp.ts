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
 * The packet with blanks instead of everything else, as long as it was; undefined where nothing would be left, or it
 * cannot be read. Names are by the ASCII of their bytes.
 */
export function reduceXmp(packet: Buffer): Buffer | undefined {
  return packet.length > mostBytes ? undefined : new Reduction(packet).run();
}

/** A tokenizer rather than a tree: what is cut off or nested without end costs no more than its bytes. */
class Reduction {
  readonly #text: string;
  readonly #out: Buffer;
  /** Namespaces by prefix. */
  readonly #namespaces = new Map<string, string>();
  /** Of the elements around: whether what is in them stays; null for those that only hold others. */
  readonly #around: (boolean | null)[] = [];
  #found = false;

  constructor(packet: Buffer) {
    this.#text = packet.toString("latin1");
    this.#out = Buffer.from(packet);
  }

  run(): Buffer | undefined {
    token.lastIndex = 0;
    while (token.lastIndex < this.#text.length) {
      const at = token.lastIndex;
      const match = token.exec(this.#text);
      if (!match) return undefined;
      const [whole, end, start, attributes = "", closed] = match;
      if (start !== undefined) this.#openElement(at, whole, start, attributesIn(attributes), closed !== "");
      else if (end !== undefined) this.#closeElement(at, whole);
      else if (whole.startsWith("<!--") || (!whole.startsWith("<") && this.#inside !== true)) {
        this.#blank(at, at + whole.length);
      }
    }
    return this.#found ? this.#out : undefined;
  }

  get #inside(): boolean | null {
    return this.#around.at(-1) ?? null;
  }

  #openElement(at: number, whole: string, name: string, attributes: Attribute[], isClosed: boolean): void {
    for (const one of attributes) {
      if (one.name.startsWith("xmlns:")) this.#namespaces.set(one.name.slice(6), one.value);
    }
    const stays = this.#staysInside(name);
    if (stays === true) this.#found = true;
    if (stays === false) this.#blank(at, at + whole.length);
    else this.#reduceAttributes(at + 1 + name.length, attributes);
    if (!isClosed) this.#around.push(stays);
  }

  #closeElement(at: number, whole: string): void {
    if (this.#inside === false) this.#blank(at, at + whole.length);
    this.#around.pop();
  }

  #staysInside(name: string): boolean | null {
    if (this.#inside === false) return false;
    return this.#isIn(structure, name) ? this.#inside : this.#isIn(kept, name);
  }

  #reduceAttributes(offset: number, attributes: Attribute[]): void {
    for (const { name, value, from, to } of attributes) {
      if (!this.#mayStay(name, value)) this.#blank(offset + from, offset + to);
    }
  }

  /** Of an attribute. */
  #mayStay(name: string, value: string): boolean {
    if (name.startsWith("xmlns:")) return kept.has(value) || structure.has(value);
    const says = this.#isIn(kept, name);
    this.#found ||= says;
    return says || this.#isIn(structure, name);
  }

  #isIn(list: ReadonlyMap<string, RegExp>, name: string): boolean {
    const [prefix = "", local = ""] = name.split(":");
    return list.get(this.#namespaces.get(prefix) ?? "")?.test(local) === true;
  }

  #blank(from: number, to: number): void {
    this.#out.fill(0x20, from, to);
  }
}

interface Attribute {
  name: string;
  value: string;
  /** Its offsets in the text. */
  from: number;
  to: number;
}

function attributesIn(text: string): Attribute[] {
  return Array.from(text.matchAll(attribute), ({ 0: whole, 1: name = "", 2: quoted = "", index }) => ({
    name,
    value: quoted.slice(1, -1),
    from: index,
    to: index + whole.length,
  }));
}
