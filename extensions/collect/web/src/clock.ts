// The time, also on a phone whose clock is wrong: the hub tells its own with every synchronization.

/** The hub's and the phone's time at one moment, in milliseconds. */
export interface Measured {
  hub: number;
  phone: number;
}

const TOLERANCE_S = 300;

let measured: Measured | null = null;

export function set(told: Measured | null): void {
  measured = told;
}

/**
 * Seconds by which the phone's clock is behind; negative when it is ahead, 0 when it is right.
 * A clock that was set since is recognized: one that was ahead jumps back, one behind catches up.
 */
export function offset(raw: number = Date.now()): number {
  if (!measured) return 0;
  const behind = measured.hub - measured.phone;
  if (Math.abs(behind) <= TOLERANCE_S * 1000) return 0;
  if (raw < measured.phone || (behind > 0 && raw >= measured.hub)) return 0;
  return behind / 1000;
}

/** Now, by the hub's clock as far as it is known. */
export const now = (raw: number = Date.now()): Date => new Date(raw + offset(raw) * 1000);

/** "3 hours", "2 days": how long so many seconds are, in one unit. */
export function duration(seconds: number, language: string): string {
  const [unit, size] = ([["day", 86_400], ["hour", 3600], ["minute", 60]] as const).find(([, one]) => Math.abs(seconds) >= one) ?? ["minute", 60];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(Math.round(Math.abs(seconds) / size));
}
