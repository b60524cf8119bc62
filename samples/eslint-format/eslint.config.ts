import { defineConfig } from 'eslint/config'
import { anyText } from './any-text.js'
import { prettierRule } from './prettier-rule.js'

export default defineConfig(
  { files: ['**/*.{css,yaml}'], languageOptions: { parser: anyText } },
  { plugins: { format: { rules: { prettier: prettierRule } } }, rules: { 'format/prettier': 'error' } },
)
