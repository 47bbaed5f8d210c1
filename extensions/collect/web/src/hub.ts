// The hub over HTTP with the browser's session: JupyterHub takes the cookie of a script's request
// only together with the header X-XSRFToken. Every request says whose it is: if somebody else has
// signed in on this phone since, the hub refuses it.

import { Refused, type Farms, type Transport } from "./engine.ts";
import type { Pull, Push, PushReply } from "./protocol.ts";
import type { Session } from "./session.ts";

const PATIENCE_MS = 45_000; // a slow signal in a valley

export class Hub implements Transport {
  readonly api: string;
  readonly enter: string; // where people sign in
  private readonly session: Session;

  constructor(base: string, session: Session) {
    this.api = `${base}/api/v1`;
    this.enter = `${base}/collect/enter`;
    this.session = session;
  }

  private async send(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Response> {
    const headers: Record<string, string> = {
      "X-XSRFToken": this.session.xsrf, "X-AgriGen-Person": this.session.id, ...more,
    };
    if (body !== undefined) headers["Content-Type"] = body instanceof Blob ? body.type : "application/json";
    const answer = await fetch(this.api + path, {
      method, headers,
      body: body === undefined ? null : body instanceof Blob ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok) throw await refusal(answer);
    return answer;
  }

  /** A request whose answer is JSON; the same `key` twice is done once. */
  async request<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
    const answer = await this.send(method, path, body, key ? { "Idempotency-Key": key } : {});
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  async picture(path: string): Promise<Blob> {
    return (await this.send("GET", path)).blob();
  }

  push(body: Push): Promise<PushReply> {
    return this.request("POST", "/collect/push", body);
  }

  pull(farm: string, cursor: string, limit: number): Promise<Pull> {
    const query = new URLSearchParams({ farm, cursor, limit: String(limit) });
    return this.request("GET", `/collect/pull?${query}`);
  }

  async farms(have: string[]): Promise<Farms> {
    const query = new URLSearchParams(have.map((farm) => ["have", farm]));
    return this.request<Pull>("GET", `/collect/pull?${query}`);
  }

  async discard(op_id: string): Promise<void> {
    await this.request("POST", `/collect/operations/${op_id}/discard`);
  }
}

interface Told {
  code?: string;
  detail?: string;
  title?: string;
  errors?: { message?: string; remedy?: string }[];
}

async function refusal(answer: Response): Promise<Refused> {
  const told = (await answer.json().catch(() => ({}))) as Told;
  const wrong = told.errors?.[0];
  const text = wrong ? [wrong.message, wrong.remedy].filter(Boolean).join(" ") : told.detail;
  return new Refused(answer.status, told.code ?? "", text || told.title || `HTTP ${answer.status}`);
}
