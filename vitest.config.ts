import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: sessions of the runtime share them, so few workers are faster than many.
    maxWorkers: 2,
    // On a machine with a readable meter every bench of a test would take its windows of energy; tests of energy ask for it.
    env: {VWT_ENERGY: 'false'},
  },
})
