// What has Node run sources in threads: nothing where it does so itself, else the loader that the row names.

const { LOADER } = process.env

export const execArgv = LOADER ? ['--import', LOADER] : []
