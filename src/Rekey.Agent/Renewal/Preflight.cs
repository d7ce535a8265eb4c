using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Tokens;

namespace Rekey.Agent.Renewal;

/// <summary>The agent's half of the look before a renewal, without PIN: whatever can be known to fail fails here.</summary>
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
        [.. OnToken(command, survey), Clock(), await NetworkAsync(cancel)];

    internal static IEnumerable<PreflightCheck> OnToken(TokenInfo info, PreflightCommand command)
    {
        var suite = Suite(command.KeyType);
        var room = command.EncryptionKeyType is null ? RoomForTwoCertificates : 2 * RoomForTwoCertificates;
        yield return new(
            PreflightKind.Room,
            info.FreeBytes is null ? PreflightOutcome.Unknown : info.FreeBytes >= room ? PreflightOutcome.Ok : PreflightOutcome.Failed,
            info.FreeBytes < room ? Wire(Problems.TokenFull()) : null);
        yield return
            info.WriteProtected ? new(PreflightKind.Driver, PreflightOutcome.Failed, Wire(Problems.TokenWriteProtected()))
            : suite is null || !info.Generates.Contains(suite) ? new(PreflightKind.Driver, PreflightOutcome.Failed, Wire(Problems.TokenCannotGenerate(command.KeyType)))
            : command.EncryptionKeyType is { } half && (Suite(half) is not { } kind || !info.Takes(suite, kind)) ? new(PreflightKind.Driver, PreflightOutcome.Failed, Wire(Problems.TokenCannotImport(half)))
            : new(PreflightKind.Driver, PreflightOutcome.Ok);
        yield return info.Tries switch
        {
            PinTries.Locked => new(PreflightKind.PinTries, PreflightOutcome.Failed, Wire(Problems.PinLocked())),
            PinTries.Last => new(PreflightKind.PinTries, PreflightOutcome.Warning, Wire(Problems.PinLastTry())),
            PinTries.Low => new(PreflightKind.PinTries, PreflightOutcome.Warning, Wire(Problems.PinTriesLow())),
            _ => new(PreflightKind.PinTries, PreflightOutcome.Ok),
        };
    }

    private static IEnumerable<PreflightCheck> OnToken(PreflightCommand command, TokenSurvey survey)
    {
        if (survey.Find(command.CertSha256) is not ({ } place, _))
        {
            return [new(PreflightKind.Driver, PreflightOutcome.Failed, Wire(Problems.CertificateGone()))];
        }

        try
        {
            using var token = place.Module.Open(place.Info.Identity);
            return [.. OnToken(token.GetInfo(), command)];
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
