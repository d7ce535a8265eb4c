using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Tokens;

namespace Rekey.Agent.Renewal;

/// <summary>The agent's half of the look before a renewal or download, without PIN: whatever can be known to fail fails here.</summary>
/// <param name="bridge">The way to the server.</param>
/// <param name="clockOffset">How far this computer's clock is behind the server's.</param>
internal sealed class Preflight(BridgeClient bridge, TimeSpan clockOffset)
{
    /// <summary>Nothing here depends on the computer's clock, but browsers and mail do from about here on.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    /// <summary>Two keys of RSA-4096 with certificates, 2.5 KB each, with the objects' own attributes.</summary>
    private const long RoomForTwoCertificates = 12 * 1024;

    /// <summary>Looks at everything the agent can see.</summary>
    public async Task<IReadOnlyList<PreflightCheck>> RunAsync(PreflightCommand command, TokenSurvey survey, CancellationToken cancel) =>
        [.. OnToken(survey.Find(command.CertSha256)?.Place, Problems.CertificateGone(), info => OnToken(info, command)), Clock(), await NetworkAsync(cancel)];

    /// <summary>Looks at everything the agent can see before a download.</summary>
    public async Task<IReadOnlyList<PreflightCheck>> RunAsync(DownloadPreflightCommand command, TokenSurvey survey, CancellationToken cancel) =>
        [.. OnToken(survey.Find(command.Token)?.Place, Problems.TokenRemoved(), info => ForDownload(info, command)), Clock(), await NetworkAsync(cancel)];

    internal static IEnumerable<PreflightCheck> OnToken(TokenInfo info, PreflightCommand command) =>
        OnToken(info, command.KeyType, command.EncryptionKeyType, RoomForTwoCertificates);

    internal static IEnumerable<PreflightCheck> ForDownload(TokenInfo info, DownloadPreflightCommand command) =>
        OnToken(info, command.KeyType, command.EncryptionKeyType, RoomForTwoCertificates / 2);

    private static IEnumerable<PreflightCheck> OnToken(TokenInfo info, string keyType, string? encryptionKeyType, long roomForHalf)
    {
        var suite = Suite(keyType);
        var room = encryptionKeyType is null ? roomForHalf : 2 * roomForHalf;
        yield return new(
            PreflightKind.Room,
            info.FreeBytes is null ? PreflightOutcome.Unknown : info.FreeBytes >= room ? PreflightOutcome.Ok : PreflightOutcome.Failed,
            info.FreeBytes < room ? Wire(Problems.TokenFull()) : null);
        yield return
            info.WriteProtected ? new(PreflightKind.Driver, PreflightOutcome.Failed, Wire(Problems.TokenWriteProtected()))
            : suite is null || !info.Generates.Contains(suite) ? new(PreflightKind.Driver, PreflightOutcome.Failed, Wire(Problems.TokenCannotGenerate(keyType)))
            : encryptionKeyType is { } half && (Suite(half) is not { } kind || !info.Takes(suite, kind)) ? new(PreflightKind.Driver, PreflightOutcome.Failed, Wire(Problems.TokenCannotImport(half)))
            : new(PreflightKind.Driver, PreflightOutcome.Ok);
        yield return info.Tries switch
        {
            PinTries.Locked => new(PreflightKind.PinTries, PreflightOutcome.Failed, Wire(Problems.PinLocked())),
            PinTries.Last => new(PreflightKind.PinTries, PreflightOutcome.Warning, Wire(Problems.PinLastTry())),
            PinTries.Low => new(PreflightKind.PinTries, PreflightOutcome.Warning, Wire(Problems.PinTriesLow())),
            _ => new(PreflightKind.PinTries, PreflightOutcome.Ok),
        };
    }

    private static IEnumerable<PreflightCheck> OnToken(TokenPlace? place, Problem gone, Func<TokenInfo, IEnumerable<PreflightCheck>> look)
    {
        if (place is null)
        {
            return [new(PreflightKind.Driver, PreflightOutcome.Failed, Wire(gone))];
        }

        try
        {
            using var token = place.Module.Open(place.Info.Identity);
            return [.. look(token.GetInfo())];
        }
        catch (TokenException e)
        {
            return [new(PreflightKind.Driver, PreflightOutcome.Failed, Wire(TokenProblem.Of(e, place.Module.Name)))];
        }
    }

    private static AlgorithmSuite? Suite(string name) => AlgorithmSuite.TryParse(name, out var suite) ? suite : null;

    private static WireProblem Wire(Problem problem) => WireProblem.Of(problem);

    private PreflightCheck Clock() => clockOffset.Duration() <= ClockTolerance
        ? new(PreflightKind.Clock, PreflightOutcome.Ok)
        : new(PreflightKind.Clock, PreflightOutcome.Warning, Wire(Problems.ClockWrong((long)clockOffset.Duration().TotalMinutes)));

    // A round trip of its own: polling from the start returns at once, because this command is already there.
    private async Task<PreflightCheck> NetworkAsync(CancellationToken cancel)
    {
        try
        {
            await bridge.CommandsAsync(0, cancel);
            return new(PreflightKind.Network, PreflightOutcome.Ok);
        }
        catch (ProblemException e)
        {
            return new(PreflightKind.Network, PreflightOutcome.Failed, Wire(e.Problem));
        }
    }
}
