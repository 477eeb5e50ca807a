/** A small offer file in the shape of AWS's Price List bulk API; the numbers are made up. */

interface Line {
  usagetype: string
  usd: string
  family?: string
  unit?: string
}

const lines: Line[] = [
  { usagetype: 'EU-Train:ml.g5.xlarge', usd: '1.5000000000' },
  { usagetype: 'EU-Processing:ml.g5.xlarge', usd: '1.6000000000' },
  { usagetype: 'EU-Host:ml.g5.xlarge', usd: '1.7000000000' },
  { usagetype: 'EU-Tsform:ml.g5.xlarge', usd: '1.8000000000' },
  { usagetype: 'EU-Train:ml.p4d.24xlarge', usd: '40.25' },
  // What must not be taken for a price of training:
  { usagetype: 'EU-SpotTrain:ml.g5.xlarge', usd: '0.1' },
  { usagetype: 'EU-Notebk:ml.g5.xlarge', usd: '9' },
  { usagetype: 'EU-Studio:JupyterLab-ml.g5.xlarge', usd: '9' },
  { usagetype: 'EU-Train:ml.m5.large', usd: '0.0000000000' },
  { usagetype: 'EU-Train:ml.c5.large', usd: '3', unit: 'GB-Mo' },
  { usagetype: 'EU-Train:ml.c5.xlarge', usd: '3', family: 'ML Storage' },
]

export function anOffer(): object {
  const sku = (index: number) => `SKU${index}`
  return {
    formatVersion: 'v1.0',
    disclaimer: 'a "quoted" \\ text with {braces}, [brackets] and: colons — ü',
    offerCode: 'AmazonSageMaker',
    version: '20261120000000',
    publicationDate: '2026-11-20T00:00:00Z',
    products: Object.fromEntries(
      lines.map(({ usagetype, family = 'ML Instance' }, index) => [
        sku(index),
        {
          sku: sku(index),
          productFamily: family,
          attributes: { servicecode: 'AmazonSageMaker', regionCode: 'eu-west-1', usagetype },
        },
      ]),
    ),
    terms: {
      OnDemand: Object.fromEntries(
        lines.map(({ usd, unit = 'Hrs' }, index) => [
          sku(index),
          {
            [`${sku(index)}.JRTCKXETXF`]: {
              offerTermCode: 'JRTCKXETXF',
              sku: sku(index),
              effectiveDate: '2026-11-01T00:00:00Z',
              priceDimensions: {
                [`${sku(index)}.JRTCKXETXF.6YS6EN2CT7`]: {
                  unit,
                  beginRange: '0',
                  endRange: 'Inf',
                  pricePerUnit: { USD: usd },
                  appliesTo: [],
                },
              },
              termAttributes: {},
            },
          },
        ]),
      ),
      Reserved: { SKU0: { 'SKU0.X': { priceDimensions: {} } } },
    },
    attributesList: {},
  }
}
