using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rekey.Tokens.Host;

/// <summary>
/// A frame between agent and module host: length of the header, length of the payload (4 octets each, big-endian), JSON header,
/// payload. The payload is in pinned memory, so that <see cref="Dispose"/> clears the only copy.
/// </summary>
internal sealed class HostFrame(byte[] header, byte[] payload) : IDisposable
{
    /// <summary>Longest header. The pairs of a full token, certificates in base64, stay far below.</summary>
    private const int MaxHeader = 4 * 1024 * 1024;

    /// <summary>Longest payload. What is signed are CMP messages of a few thousand octets.</summary>
    private const int MaxPayload = 1024 * 1024;

    private const int Prefix = 8;

    /// <summary>What the payload says; its meaning is the header's.</summary>
    public ReadOnlySpan<byte> Payload => payload;

    /// <summary>The payload as an array of its own.</summary>
    public byte[] CopyPayload() => [.. payload];

    /// <summary>The header.</summary>
    /// <exception cref="InvalidDataException">It is not of that type.</exception>
    public T Header<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(header, type) ?? throw new InvalidDataException("empty header");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("the header is malformed", e);
        }
    }

    /// <summary>Sends a frame in one write; the buffer is cleared.</summary>
    public static void Write<T>(Stream stream, T header, JsonTypeInfo<T> type, ReadOnlySpan<byte> payload)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(header, type);
        var frame = GC.AllocateUninitializedArray<byte>(Prefix + json.Length + payload.Length, pinned: true);
        BinaryPrimitives.WriteInt32BigEndian(frame, json.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), payload.Length);
        json.CopyTo(frame, Prefix);
        payload.CopyTo(frame.AsSpan(Prefix + json.Length));
        try
        {
            stream.Write(frame);
            stream.Flush();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(frame);
        }
    }

    /// <summary>Reads a frame; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">The other side writes something else.</exception>
    public static HostFrame? Read(Stream stream)
    {
        Span<byte> prefix = stackalloc byte[Prefix];
        if (stream.ReadAtLeast(prefix, Prefix, throwOnEndOfStream: false) < Prefix)
        {
            return null;
        }

        var headerLength = BinaryPrimitives.ReadInt32BigEndian(prefix);
        var payloadLength = BinaryPrimitives.ReadInt32BigEndian(prefix[4..]);
        if (headerLength is <= 0 or > MaxHeader || payloadLength is < 0 or > MaxPayload)
        {
            throw new InvalidDataException("not a frame");
        }

        var header = new byte[headerLength];
        var payload = GC.AllocateUninitializedArray<byte>(payloadLength, pinned: true);
        return stream.ReadAtLeast(header, headerLength, throwOnEndOfStream: false) == headerLength
            && stream.ReadAtLeast(payload, payloadLength, throwOnEndOfStream: false) == payloadLength
                ? new HostFrame(header, payload)
                : null;
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(payload);
}
