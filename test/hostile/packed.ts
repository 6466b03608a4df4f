/**
 * `demo-1.0` with PKG-INFO and setup.py, as Python's bz2 and lzma pack it: nothing in this project can. The last one asks
 * for a dictionary of 1 GiB.
 */
export const packedTars = {
  bzip2: Buffer.from(
    'QlpoOTFBWSZTWRrDWP4AALzfhMqQQGP/kAGrwYBnJ94gAACJCDAAubYappo0NAAAAAAGhCj0g0AAAADQABtSiaabSekMmjJoAAYhpfZlfO2DDOZANGgQp9NFpSPRmilgJSQEJhE9Pu2JVpmuvuirjN/hyVGN5YmQluSmIEBsXeEBXAyitgkFshiTmFIbTEmpMdxkTgfoN9M3EeoxQ0GhLEAsByJc0yoaReYDodZAGXTGIPGB6UHAJwUOZISMTFg/OTsH66oJk4aTJmHwJTJYENQhL+LuSKcKEgNYax/A',
    'base64',
  ),
  xz: Buffer.from(
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AMJdADIZSf7XHHVnnZdpul5/ozd/Ngzuac5AdDSMYt6zj49q0fySTwgASCvTJlbXcPehR6hoFK+eVaCtul9xDDtOjPGC6qahu1QnA9N24wsfNMYulNTARJWv3ZKZlIcXf2BIy0ev+EHlGoCgno3StftxSoNtTzWqrdNwSwo8JUdzLsleiGsEe9X7r1e0+Ar/g4JOSBxb1iuXSTkky9+k7N6iNGk3wu7bZvERK+jG//D06SMoU6ROjIS6ju4iMtx6vpw8Q80AAAAAFQ5cC4jd0ZUAAd4BgFAAALkY5FexxGf7AgAAAAAEWVo=',
    'base64',
  ),
  xzLargeDictionary: Buffer.from(
    '/Td6WFoAAATm1rRGAgAhASQAAABeH8f54Cf/AMJdADIZSf7XHHVnnZdpul5/ozd/Ngzuac5AdDSMYt6zj49q0fySTwgASCvTJlbXcPehR6hoFK+eVaCtul9xDDtOjPGC6qahu1QnA9N24wsfNMYulNTARJWv3ZKZlIcXf2BIy0ev+EHlGoCgno3StftxSoNtTzWqrdNwSwo8JUdzLsleiGsEe9X7r1e0+Ar/g4JOSBxb1iuXSTkky9+k7N6iNGk3wu7bZvERK+jG//D06SMoU6ROjIS6ju4iMtx6vpw8Q80AAAAAFQ5cC4jd0ZUAAd4BgFAAALkY5FexxGf7AgAAAAAEWVo=',
    'base64',
  ),
};
