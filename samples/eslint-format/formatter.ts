/** Runs in the reactor's thread; Prettier is loaded there once, and so are its plugins and each folder's settings. */
import { format as formatted, resolveConfig } from 'prettier'

/** @param file - A path; its name says the language, its folder has the settings. */
export async function format(text: string, file: string): Promise<string> {
  const settings = await resolveConfig(file)
  return formatted(text, { ...settings, filepath: file })
}
