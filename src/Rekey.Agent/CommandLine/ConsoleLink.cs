using Rekey.Agent.Bridge;
using Rekey.Agent.Prompts;
using Rekey.Contract.Bridge;

namespace Rekey.Agent.CommandLine;

/// <summary>A renewal without a page: CMP at the well-known address, events as lines on the console.</summary>
internal sealed class ConsoleLink(BridgeClient site, AgentTexts texts, TextWriter output) : IServiceLink
{
    /// <inheritdoc/>
    public Task PostAsync(AgentEvent happened, CancellationToken cancel) =>
        texts.Event(happened) is { } line ? output.WriteLineAsync(line.AsMemory(), cancel) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task<byte[]> CmpAsync(byte[] message, CancellationToken cancel) => site.CmpAsync(message, cancel);
}
