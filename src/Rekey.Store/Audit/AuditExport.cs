using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rekey.Store.Audit;

/// <summary>A line of an export: a checkpoint or an entry.</summary>
internal sealed record AuditExportLine
{
    public string? Checkpoint { get; init; }

    public long? Entry { get; init; }

    public byte[]? Body { get; init; }

    public byte[]? Mac { get; init; }

    /// <summary>The hash that the stored tree has in this place.</summary>
    public byte[]? Leaf { get; init; }

    public IReadOnlyDictionary<string, AuditExportValue>? Personal { get; init; }
}

/// <summary>A value that has not been erased.</summary>
internal sealed record AuditExportValue(byte[] Salt, string Value);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(AuditExportLine))]
internal sealed partial class AuditExportJson : JsonSerializerContext;

/// <summary>Writes lines.</summary>
internal sealed class AuditExportWriter(Stream output) : IAsyncDisposable
{
    private readonly StreamWriter writer = new(output, leaveOpen: true) { NewLine = "\n" };

    public void Write(AuditExportLine line) => writer.WriteLine(JsonSerializer.Serialize(line, AuditExportJson.Default.AuditExportLine));

    public ValueTask DisposeAsync() => writer.DisposeAsync();
}
