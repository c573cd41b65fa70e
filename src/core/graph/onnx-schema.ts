/**
 * The part of the ONNX protobuf schema that vwt writes, as a protobufjs descriptor: field names, numbers and types of
 * onnx.proto3 (ONNX 1.17, IR version 10). Fields vwt never writes are left out, which protobuf allows.
 */
import protobuf from 'protobufjs'

const field = (id: number, type: string) => ({id, type})
const repeated = (id: number, type: string) => ({id, type, rule: 'repeated', options: {packed: false}})

/** Numbers of TensorProto.DataType. */
export const ONNX_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const

/** Numbers of AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = {float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8} as const

export const DATA_LOCATION_EXTERNAL = 1

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        producerVersion: field(3, 'string'),
        graph: field(7, 'GraphProto'),
        opsetImport: repeated(8, 'OperatorSetIdProto'),
        metadataProps: repeated(14, 'StringStringEntryProto'),
      },
    },
    OperatorSetIdProto: {fields: {domain: field(1, 'string'), version: field(2, 'int64')}},
    StringStringEntryProto: {fields: {key: field(1, 'string'), value: field(2, 'string')}},
    GraphProto: {
      fields: {
        node: repeated(1, 'NodeProto'),
        name: field(2, 'string'),
        initializer: repeated(5, 'TensorProto'),
        input: repeated(11, 'ValueInfoProto'),
        output: repeated(12, 'ValueInfoProto'),
      },
    },
    NodeProto: {
      fields: {
        input: repeated(1, 'string'),
        output: repeated(2, 'string'),
        name: field(3, 'string'),
        opType: field(4, 'string'),
        attribute: repeated(5, 'AttributeProto'),
        domain: field(7, 'string'),
      },
    },
    AttributeProto: {
      fields: {
        name: field(1, 'string'),
        f: field(2, 'float'),
        i: field(3, 'int64'),
        s: field(4, 'bytes'),
        t: field(5, 'TensorProto'),
        floats: repeated(7, 'float'),
        ints: repeated(8, 'int64'),
        strings: repeated(9, 'bytes'),
        type: field(20, 'int32'),
      },
    },
    TensorProto: {
      fields: {
        dims: repeated(1, 'int64'),
        dataType: field(2, 'int32'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
        externalData: repeated(13, 'StringStringEntryProto'),
        dataLocation: field(14, 'int32'),
      },
    },
    ValueInfoProto: {fields: {name: field(1, 'string'), type: field(2, 'TypeProto')}},
    TypeProto: {fields: {tensorType: field(1, 'TypeProtoTensor')}},
    TypeProtoTensor: {fields: {elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto')}},
    TensorShapeProto: {fields: {dim: repeated(1, 'Dimension')}},
    Dimension: {fields: {dimValue: field(1, 'int64'), dimParam: field(2, 'string')}},
  },
})

const modelProto = root.lookupType('ModelProto')

/** Encodes a plain ModelProto-shaped object. */
export function encodeModel(model: object): Uint8Array {
  return modelProto.encode(modelProto.fromObject(model)).finish()
}
