// What the tests call `resetModules`, in Jest.

globalThis.resetModules = () => jest.resetModules()
