/** This server as browsers see it: its address, and which pages are its own (same origin). */

export type Scheme = "http:" | "https:";

/** What is known of the proxies between a browser and this server. */
export interface Way {
  /** The address that people use, where the operator has named it. */
  publicUrl: URL | undefined;
  /** What a trusted proxy says that the browser spoke to it. */
  forwarded: Scheme | undefined;
}

/** The page that a request comes from, as far as the browser says. */
export interface Site {
  /** A page of this server: something says so, and nothing says otherwise. */
  isOwn: boolean;
  /** Something says that it is not a page of this server. Other programs than browsers say nothing. */
  isForeign: boolean;
  isSecure: boolean;
  /** Of the address that the browser has of this server. */
  port: string;
}

/** X-Forwarded-Proto: of several what the first proxy heard. */
export function schemeIn(forwardedProto: string | null): Scheme | undefined {
  const [first] = forwardedProto?.split(",") ?? [];
  const scheme = first?.trim().toLowerCase();
  return scheme === "https" || scheme === "http" ? `${scheme}:` : undefined;
}

/**
 * Sec-Fetch-Site (Fetch Metadata), which browsers send over https, is about the address that they have. Origin comes
 * with every POST, over http too, and is compared with what we know of that address. Both have to agree; neither is
 * in the power of a page's scripts.
 */
export function siteOf(headers: Headers, way: Way): Site {
  const [fetchSite, origin] = [headers.get("sec-fetch-site"), headers.get("origin")];
  const host = headers.get("host") ?? "";
  const isForeign =
    (fetchSite !== null && fetchSite !== "same-origin" && fetchSite !== "none") ||
    (origin !== null && !ownOrigins(host, way).includes(origin));
  return {
    isForeign,
    isOwn: !isForeign && (fetchSite === "same-origin" || (fetchSite === null && origin !== null)),
    isSecure: (origin ?? way.forwarded ?? way.publicUrl?.protocol ?? "").startsWith("https:"),
    port: portOf(host, way),
  };
}

/**
 * PUBLIC_URL's, and what Host says. A proxy that is not trusted may speak https where we hear http: then both count,
 * but not http where PUBLIC_URL says that this host is https.
 */
function ownOrigins(host: string, { publicUrl, forwarded }: Way): string[] {
  const schemes: Scheme[] = forwarded ? [forwarded] : ["http:", "https:"];
  const named = schemes.map((scheme) => `${scheme}//${host}`).filter((one) => URL.canParse(one));
  const others = named
    .map((one) => new URL(one))
    .filter((one) => one.host !== publicUrl?.host || one.protocol === publicUrl.protocol);
  return [...others, ...(publicUrl ? [publicUrl] : [])].map((one) => one.origin);
}

/** Not by Origin, which a GET does not have: it has to be the same each time. */
function portOf(host: string, { publicUrl, forwarded }: Way): string {
  const named = `${forwarded ?? publicUrl?.protocol ?? "http:"}//${host}`;
  const url = URL.canParse(named) ? new URL(named) : undefined;
  const { port, protocol } = (url?.hostname === publicUrl?.hostname ? publicUrl : url) ?? {
    port: "",
    protocol: "",
  };
  return port || (protocol === "https:" ? "443" : "80");
}
