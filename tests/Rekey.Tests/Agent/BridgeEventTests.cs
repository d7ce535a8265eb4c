using System.Text.Json;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Tests.Agent;

/// <summary>Every event that an agent can send reads back, with its optional members present and absent.</summary>
public sealed class BridgeEventTests
{
    private static readonly TokenSummary Token = new("pkcs11", "Maker", "Model", "8F21", "Label", "lib.so");

    public static TheoryData<AgentEvent> Events =>
    [
        new ConsentAskedEvent(),
        new CertificatesEvent([Token], [new("AAAA", 0)], [new("00", 0), new("00", 0, "11")]),
        new PreflightEvent("00", [new(PreflightKind.Room, PreflightOutcome.Unknown), new(PreflightKind.Clock, PreflightOutcome.Warning, WireProblem.Of(Problems.ClockWrong(9)))]),
        new PinAskedEvent(),
        new PinWrongEvent(),
        new PinWrongEvent(2),
        new AgentStepEvent(AgentStep.Verified),
        new RemovedEvent("8F21"),
        new InsertedEvent(Token),
        new FailedEvent(WireProblem.Of(Problems.PinLocked())),
    ];

    [Theory]
    [MemberData(nameof(Events), DisableDiscoveryEnumeration = true)]
    public void An_event_reads_back(AgentEvent sent)
    {
        var json = JsonSerializer.Serialize(sent, BridgeJson.Default.AgentEvent);

        var read = JsonSerializer.Deserialize(json, BridgeJson.Default.AgentEvent);

        Assert.Equal(json, JsonSerializer.Serialize(read!, BridgeJson.Default.AgentEvent));
        Assert.Equal(sent.GetType(), read!.GetType());
    }
}
