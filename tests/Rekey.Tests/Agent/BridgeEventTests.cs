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
        new TokenPreflightEvent(TokenName.Of(Token), [new(PreflightKind.PinTries, PreflightOutcome.Ok)]),
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

    public static TheoryData<AgentCommand> Commands =>
    [
        new PreflightCommand("00", "P-256"),
        new PreflightCommand("00", "P-256", "SM2"),
        new RenewCommand("00", "11", "AAAA", "P-256", Retire: true),
        new RenewCommand("00", "11", "AAAA", "P-256", Retire: true, new("RSA-2048"), ["22"]), // no encryption certificate yet: the first half
        new RenewCommand("00", "11", "AAAA", "P-256", Retire: false, new("RSA-2048", "33")),
        new DownloadPreflightCommand(TokenName.Of(Token), "SM2", "SM2"),
        new DownloadCommand(TokenName.Of(Token), "11", "AAAA", "P-256", "20264471", "c2VjcmV0"),
        new DownloadCommand(TokenName.Of(Token), "11", "AAAA", "P-256", "20264471", "c2VjcmV0", new("RSA-2048")),
        new ReadAgainCommand(),
        new CancelCommand(),
    ];

    [Theory]
    [MemberData(nameof(Commands), DisableDiscoveryEnumeration = true)]
    public void A_command_reads_back(AgentCommand sent)
    {
        var json = JsonSerializer.Serialize(sent, BridgeJson.Default.AgentCommand);

        var read = JsonSerializer.Deserialize(json, BridgeJson.Default.AgentCommand);

        Assert.Equal(json, JsonSerializer.Serialize(read!, BridgeJson.Default.AgentCommand));
        Assert.Equal(sent.GetType(), read!.GetType());
    }

    [Fact]
    public void Secrets_do_not_show_where_a_message_is_printed()
    {
        Assert.DoesNotContain("c2VjcmV0", new DownloadCommand(TokenName.Of(Token), "11", "AAAA", "P-256", "20264471", "c2VjcmV0").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("K7QM", new CreateDownload("20264471", "K7QM4XTD9RWE2HPN").ToString(), StringComparison.Ordinal);
    }
}
