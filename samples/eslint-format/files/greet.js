// Greets whoever is there.
export const greet = name => {
    return "Hello, " + name +'!'
}

export const greetAll = (names) => names.map(greet)
greetAll([ 'Ada','Grace' ])
