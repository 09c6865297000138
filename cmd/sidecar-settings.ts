/** The settings of sidecars as flags of a door. */
import type { SidecarSettings } from "../src/api/sidecar.ts";
import { readSettings, type SettingFlagText, type SettingName } from "../src/api/sidecar-flags.ts";
import { UsageError, type ValueDefinition } from "./arguments.ts";
import { VERSION } from "./version.ts";

/** A definition for each of `settings`, under its name after `prefix`. */
export function settingArguments<const P extends string = "">(
  settings: readonly SettingFlagText[],
  prefix = "" as P,
): Record<`${P}${SettingName}`, ValueDefinition> {
  const definitions = settings.map(({ name, hint, env, description, fallback }): [string, ValueDefinition] => {
    const shown = name === "proxy-image" ? `pisanix:${VERSION}` : fallback;
    // Without a default it can be told that the flag is absent: then the version of the cluster decides.
    const isDefault = shown !== undefined && name !== "native-sidecar";
    return [
      `${prefix}${name}`,
      {
        type: "string",
        valueHint: hint,
        description,
        ...(env === undefined ? {} : { env }),
        ...(isDefault ? { default: shown } : {}),
      },
    ];
  });
  return Object.fromEntries(definitions) as Record<`${P}${SettingName}`, ValueDefinition>;
}

/** Settings as they were written under names after `prefix`. @throws UsageError that names the flag. */
export function sidecarSettingsOf(
  written: Readonly<Partial<Record<SettingName, string>>>,
  prefix = "",
): SidecarSettings {
  const { settings, issues } = readSettings(written);
  if (settings !== null) return settings;
  const [issue] = issues;
  throw new UsageError(`--${prefix}${issue?.path} ${issue?.message}`, issue?.remedy ?? "");
}
