import Ajv2020 from "ajv/dist/2020.js";

type Json = Record<string, any>;
type Check = (value: unknown) => string | undefined;

/**
 * Holds what a server says against the documents that the same server serves. An answer or frame that is not
 * documented, or has a field that is not, is an error.
 */
export class Contract {
  static #ours: Contract | undefined;
  readonly #ajv = new Ajv2020({
    strict: false,
    validateSchema: false,
    validateFormats: false,
    allErrors: true,
  });
  readonly #checks = new Map<string, Check>();
  /** By the type of a frame. */
  readonly #frames = new Map<string, Check[]>();
  readonly #templates: { pattern: RegExp; path: string }[];

  private constructor(
    readonly openApi: Json,
    readonly asyncApi: Json,
  ) {
    // The documents let clients take what a later version says; what this one says has to be in them.
    this.#ajv.addSchema(closed(openApi), "openapi");
    this.#ajv.addSchema(closed(asyncApi), "asyncapi");
    this.#templates = Object.keys(openApi["paths"])
      // Fixed paths before those with parameters.
      .sort((a, b) => a.split("{").length - b.split("{").length)
      .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}/?$`) }));
  }

  /**
   * The one of all servers in this process: their documents are the same whatever they are set to
   * (http/documents-alike.test.ts), and to make and compile them costs as much as the rest of a start.
   */
  static async ofThisProcess(url: string): Promise<Contract> {
    return (Contract.#ours ??= await Contract.load(url));
  }

  static async load(url: string): Promise<Contract> {
    const [openApi, asyncApi] = await Promise.all(
      ["/openapi.json", "/asyncapi.json"].map(
        async (path) => (await fetch(url + path)).json() as Promise<Json>,
      ),
    );
    return new Contract(openApi!, asyncApi!);
  }

  /** Throws when an answer is not as documented. */
  checkAnswer(method: string, path: string, status: number, type: string | null, body: unknown): void {
    const template = this.#templates.find((one) => one.pattern.test(path))?.path;
    const where = `${method} ${path} -> ${status}`;
    if (template === undefined) return checkProblem(where, status, body);
    const operation = this.openApi["paths"][template][method.toLowerCase()];
    if (!operation) return checkProblem(where, status, body);
    const documented = operation.responses[status];
    if (!documented) throw new Error(`${where} is not documented: ${JSON.stringify(body)}`);
    const [expectedType] = Object.keys(documented.content ?? {});
    if (expectedType === undefined) {
      if (body !== undefined) throw new Error(`${where} has a body that is not documented`);
      return;
    }
    if (expectedType === "*/*" || (expectedType === type && !type.includes("json"))) return;
    if (!type?.startsWith(expectedType))
      throw new Error(`${where} is ${type}, documented as ${expectedType}`);
    const pointer = [
      "paths",
      template,
      method.toLowerCase(),
      "responses",
      String(status),
      "content",
      expectedType,
      "schema",
    ];
    const complaint = this.#check("openapi", pointer)(body);
    if (complaint) throw new Error(`${where}: ${complaint}\n${JSON.stringify(body)}`);
    const isProblem = expectedType === "application/problem+json";
    if (isProblem && !documented.description.includes(`\`${(body as Json)["code"]}\``)) {
      throw new Error(`${where}: the code ${(body as Json)["code"]} is not documented for it`);
    }
  }

  /** Throws when a frame of the server is not as documented. */
  checkFrame(frame: Json): void {
    const checks = this.#checksOfFrames(frame["type"]);
    if (checks.length === 0) throw new Error(`a frame that is not documented: ${JSON.stringify(frame)}`);
    const complaints = checks.map((check) => check(frame));
    // Acknowledgements differ by command: one of them has to fit.
    if (complaints.every(Boolean)) {
      throw new Error(`a frame is not as documented: ${complaints[0]}\n${JSON.stringify(frame)}`);
    }
  }

  /** One for each message of this name that the server may send. Found once: frames come by the thousand. */
  #checksOfFrames(type: string): Check[] {
    const known = this.#frames.get(type);
    if (known) return known;
    const { messages } = this.asyncApi["components"] as Json;
    const checks = (this.asyncApi["operations"].tell.messages as { $ref: string }[])
      .map(({ $ref }) => $ref.split("/").at(-1)!)
      .filter((key) => messages[key].name === type)
      .map((key) => this.#check("asyncapi", ["components", "messages", key, "payload"]));
    this.#frames.set(type, checks);
    return checks;
  }

  #check(document: string, pointer: string[]): Check {
    const ref = `${document}#/${pointer
      .map((one) => one.replaceAll("~", "~0").replaceAll("/", "~1"))
      .map(encodeURIComponent)
      .join("/")}`;
    let check = this.#checks.get(ref);
    if (!check) {
      const validate = this.#ajv.compile({ $ref: ref });
      check = (value) => (validate(value) ? undefined : this.#ajv.errorsText(validate.errors));
      this.#checks.set(ref, check);
    }
    return check;
  }
}

/** The same with whatever is not named forbidden: a field of an object, a value of a choice. */
function closed<T>(document: T): T {
  if (typeof document !== "object" || document === null) return document;
  if (Array.isArray(document)) return document.map(closed) as T;
  const same = Object.fromEntries(Object.entries(document).map(([key, value]) => [key, closed(value)]));
  // What later versions may add is none of this one's.
  if (same["x-extensible-enum"]) Object.assign(same, { enum: same["x-extensible-enum"] });
  const isOpen = same["type"] === "object" && same["properties"] && !("additionalProperties" in same);
  return (isOpen ? { ...same, additionalProperties: false } : same) as T;
}

/** Where no operation is documented, only a refusal may come. */
function checkProblem(where: string, status: number, body: unknown): void {
  if (status < 400 || typeof (body as Json | undefined)?.["code"] !== "string") {
    throw new Error(`${where} is not documented: ${JSON.stringify(body)}`);
  }
}
