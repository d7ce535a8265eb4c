using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rekey.Store.Audit;

/// <summary>The content of a leaf: JSON that a person can read. Written once; never taken apart and written again.</summary>
internal static class AuditBody
{
    public const int SaltSize = 16;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(
        string log, Guid writer, long counter, byte[] previous, DateTimeOffset at, AuditEvent e, IReadOnlyDictionary<string, byte[]> commitments)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("v", 1);
            json.WriteString("log", log);
            json.WriteString("writer", writer.ToString("N"));
            json.WriteNumber("n", counter);
            json.WriteString("previous", Convert.ToHexStringLower(previous));
            json.WriteString("at", at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("kind", e.Kind);
            json.WriteString("actor", e.Actor);
            json.WriteString("target", e.Target);
            json.WriteString("outcome", e.Outcome.ToString().ToLowerInvariant());
            WriteMap(json, "details", e.Details);
            WriteMap(json, "personal", commitments.ToDictionary(c => c.Key, c => Convert.ToHexStringLower(c.Value)));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>What of a body the checks need; null when it cannot be read.</summary>
    public static AuditBodyFacts? Read(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            return new(
                root.GetProperty("log").GetString()!,
                Guid.ParseExact(root.GetProperty("writer").GetString()!, "N"),
                root.GetProperty("n").GetInt64(),
                Convert.FromHexString(root.GetProperty("previous").GetString()!),
                root.GetProperty("kind").GetString()!,
                root.TryGetProperty("personal", out var personal)
                    ? personal.EnumerateObject().ToDictionary(p => p.Name, p => Convert.FromHexString(p.Value.GetString()!))
                    : [])
            {
                Details = root.TryGetProperty("details", out var details) ? details.EnumerateObject().ToDictionary(d => d.Name, d => d.Value.GetString()!) : [],
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or ArgumentNullException)
        {
            return null;
        }
    }

    public static byte[] Commit(byte[] salt, string value) => SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(value)]);

    private static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> map)
    {
        if (map.Count == 0)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (var (key, value) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}

/// <summary>What the checks need of an entry.</summary>
internal sealed record AuditBodyFacts(
    string Log, Guid Writer, long Counter, byte[] Previous, string Kind, IReadOnlyDictionary<string, byte[]> Personal)
{
    public Dictionary<string, string> Details { get; init; } = [];
}
