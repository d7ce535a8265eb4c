using System.Security.Cryptography;
using System.Text;

namespace Rekey.Agent.Prompts;

/// <summary>
/// The client's side of the Assuan protocol as pinentry speaks it (libassuan manual, "Client/Server protocol"): commands and answers
/// are lines, data come percent-escaped in <c>D</c> lines. Bytes only, because a PIN passes through here: one pinned buffer, cleared
/// after each line.
/// </summary>
internal sealed class Assuan(Stream input, Stream output) : IDisposable
{
    /// <summary>Longest line of the protocol is 1000 octets; the buffer takes several and is large enough to bypass any other.</summary>
    private const int BufferSize = 4096;

    private readonly byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private int filled;

    /// <summary>Reads the greeting.</summary>
    public Task<bool> GreetingAsync(CancellationToken cancel) => AnswerAsync(null, cancel);

    /// <summary>Sends a command and waits for the answer.</summary>
    /// <returns>True for OK, false for ERR.</returns>
    /// <exception cref="IOException">The other side ended or speaks something else.</exception>
    public async Task<bool> SendAsync(string command, string? argument, CancellationToken cancel)
    {
        var line = argument is null ? command : $"{command} {Escape(argument)}";
        await output.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancel);
        await output.FlushAsync(cancel);
        return await AnswerAsync(null, cancel);
    }

    /// <summary>Sends GETPIN.</summary>
    /// <returns>The PIN, empty when nothing was typed, null for ERR (cancelled or timed out).</returns>
    public async Task<Pin?> GetPinAsync(CancellationToken cancel)
    {
        var data = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
        var collected = new Collector(data);
        try
        {
            await output.WriteAsync("GETPIN\n"u8.ToArray(), cancel);
            await output.FlushAsync(cancel);
            return await AnswerAsync(collected, cancel) ? new Pin(data.AsSpan(0, collected.Length)) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(data);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(buffer);

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            _ = c switch
            {
                '%' => escaped.Append("%25"),
                '\n' => escaped.Append("%0A"),
                '\r' => escaped.Append("%0D"),
                < ' ' => escaped.Append(' '), // control characters from a certificate's subject have no place in a window
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    private async Task<bool> AnswerAsync(Collector? data, CancellationToken cancel)
    {
        while (true)
        {
            var end = buffer.AsSpan(0, filled).IndexOf((byte)'\n');
            if (end < 0)
            {
                var read = filled < buffer.Length ? await input.ReadAsync(buffer.AsMemory(filled), cancel) : 0;
                filled += read > 0 ? read : throw new IOException("the window's program ended");
                continue;
            }

            var answer = Interpret(buffer.AsSpan(0, end), data);
            buffer.AsSpan(end + 1, filled - end - 1).CopyTo(buffer);
            filled -= end + 1;
            buffer.AsSpan(filled).Clear();
            if (answer is { } result)
            {
                return result;
            }
        }
    }

    private static bool? Interpret(ReadOnlySpan<byte> line, Collector? data)
    {
        if (line.StartsWith("D "u8))
        {
            (data ?? throw new IOException("data where none was asked for")).Add(line[2..]);
            return null;
        }

        return line.StartsWith("OK"u8) ? true
            : line.StartsWith("ERR"u8) ? false
            : line.IsEmpty || line[0] is (byte)'#' or (byte)'S' ? null
            : throw new IOException("not an answer of the protocol");
    }

    private sealed class Collector(byte[] target)
    {
        public int Length { get; private set; }

        public void Add(ReadOnlySpan<byte> escaped)
        {
            for (var i = 0; i < escaped.Length; i++)
            {
                if (Length == target.Length)
                {
                    throw new IOException("too much data");
                }

                var octet = escaped[i];
                if (octet == '%' && i + 2 < escaped.Length)
                {
                    octet = (byte)((Digit(escaped[i + 1]) << 4) | Digit(escaped[i + 2]));
                    i += 2;
                }

                target[Length++] = octet;
            }
        }

        private static int Digit(byte c) => char.IsAsciiHexDigit((char)c)
            ? (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10)
            : throw new IOException("a bad escape");
    }
}
