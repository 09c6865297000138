/** Settings of the sidecar as a command line without flags gives them. */
import type { SidecarSettings } from "../api/sidecar.ts";
import { readSettings, type SettingName } from "../api/sidecar-flags.ts";

/** A fixed version and image, so that golden files outlive releases. */
export function someOptions(written: Partial<Record<SettingName, string>> = {}): {
  version: string;
  settings: SidecarSettings;
} {
  const { settings, issues } = readSettings({ "proxy-image": "pisanix:1.0.0", ...written });
  if (settings === null) throw new Error(issues.map(({ message }) => message).join());
  return { version: "1.0.0", settings };
}
