/** Cookies of pages of this server (RFC 6265): its scripts cannot read them, and other sites' pages do not send them. */
import type { PageTokens } from "../feature.ts";
import type { Site } from "./site.ts";

interface Cookie {
  name: string;
  /** What it is sent with: no other call ever sees it. */
  path: string;
}

/** Two servers of one host share its cookies, whatever their ports: so the names carry these. */
function cookiesOf({ port }: Site): { refresh: Cookie; files: Cookie } {
  return {
    refresh: { name: `parley_refresh_${port}`, path: "/api/auth" },
    files: { name: `parley_files_${port}`, path: "/api" },
  };
}

/** What a request brings of them. */
export function tokensIn(headers: Headers, site: Site) {
  const { refresh, files } = cookiesOf(site);
  const sent = headers.get("cookie") ?? "";
  return { refreshToken: valueOf(sent, refresh), fileToken: valueOf(sent, files) };
}

/** Has the browser keep both, or with null forget them. */
export function setCookies(headers: Headers, tokens: PageTokens | null, site: Site): void {
  const { refresh, files } = cookiesOf(site);
  const seconds = tokens?.seconds ?? 0;
  for (const [cookie, value] of [
    [refresh, tokens?.refreshToken],
    [files, tokens?.fileToken],
  ] as const) {
    const attributes = [`Path=${cookie.path}`, `Max-Age=${seconds}`, "HttpOnly", "SameSite=Strict"];
    if (site.isSecure) attributes.push("Secure");
    headers.append("Set-Cookie", [`${cookie.name}=${value ?? ""}`, ...attributes].join("; "));
  }
}

/** The first of that name, which browsers send for the longest path (RFC 6265, 5.4). */
function valueOf(sent: string, { name }: Cookie): string | undefined {
  const pair = sent.split(";").find((one) => one.trim().startsWith(`${name}=`));
  return pair?.trim().slice(name.length + 1) || undefined;
}
