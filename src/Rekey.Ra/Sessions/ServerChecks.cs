using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>The server's half of the pre-flight.</summary>
internal sealed class ServerChecks(RenewalCases cases, RaOptions options)
{
    /// <summary>More than a holder reads.</summary>
    private const int MostSystems = 5;

    private static readonly int TokenModelNumber = Problems.TokenModelNotAllowed("").Number;

    /// <summary>The checks, and what the agent is to look for on the token.</summary>
    public async Task<(IReadOnlyList<PreflightCheck> Checks, PreflightCommand Command)> CheckAsync(
        RaDbContext db, Session session, SessionProgress progress, string certSha256, CancellationToken cancel)
    {
        var wish = progress.Wish(session.Id, certSha256) ?? throw new ProblemException(Problems.OutOfOrder());
        var judgement = await cases.JudgeAsync(db, wish, cancel);
        var model = judgement.Refusal?.Number == TokenModelNumber ? judgement.Refusal : null;
        return (
        [
            Check(PreflightKind.Certificate, model is null ? judgement.Refusal : null),
            Check(PreflightKind.Model, model),
            Check(PreflightKind.AgentVersion, AgentVersionRule.TooOld(session, options)),
            .. judgement.Refusal is null ? await OldKeyAsync(db, judgement, cancel) : [],
        ], judgement.Current is { } current
            ? new(certSha256, current.KeyType, current.EncryptionKeyType)
            : new(certSha256, judgement.Rule.KeyType, judgement.Rule.EncryptionKeyType));
    }

    /// <summary>The agent's finding about room on the token, with the reason that only the server knows: an old key there is still needed.</summary>
    public async Task<PreflightCheck> RoomAsync(RaDbContext db, Session session, SessionProgress progress, string certSha256, PreflightCheck found, CancellationToken cancel)
    {
        if (found is not { Kind: PreflightKind.Room, Outcome: PreflightOutcome.Failed } || progress.Wish(session.Id, certSha256) is not { } wish
            || (await cases.JudgeAsync(db, wish, cancel)).Case.Record is not { } present)
        {
            return found;
        }

        var earlier = await DecideTidyUp.EarlierAsync(db, present, wish.OnToken, cancel);
        var needs = await db.NeedsAsync([.. earlier.Select(c => c.Id)], cases.Today, cancel);
        return needs is [var last, ..] ? Check(PreflightKind.Room, Problems.NoRoomBesideNeededKey(last.System, last.Until)) : found;
    }

    // One line for each system with its farthest date; where nothing can be encrypted for the holder, nothing is said.
    private static async Task<IReadOnlyList<PreflightCheck>> OldKeyAsync(RaDbContext db, RenewalJudgement judgement, CancellationToken cancel)
    {
        var present = judgement.Case.Record!;
        if (judgement.Case.Needs.Count == 0)
        {
            return judgement.Case.Certificate.Opens || await db.Certificates.AnyAsync(c => c.PairOfId == present.Id, cancel) ? [Check(PreflightKind.OldKey, null)] : [];
        }

        return [.. judgement.Case.Needs.DistinctBy(n => n.System).Take(MostSystems)
            .Select(n => new PreflightCheck(PreflightKind.OldKey, PreflightOutcome.Warning, WireProblem.Of(Problems.OldKeyNeeded(n.System, n.Until, n.Reason))))];
    }

    private static PreflightCheck Check(PreflightKind kind, Problem? problem) =>
        problem is null ? new(kind, PreflightOutcome.Ok) : new(kind, PreflightOutcome.Failed, WireProblem.Of(problem));
}

/// <summary>The agent is new enough, or is told to update.</summary>
internal static class AgentVersionRule
{
    /// <summary>Why not, or null.</summary>
    public static Problem? TooOld(Session session, RaOptions options)
    {
        var least = options.Sessions.MinAgentVersion;
        return Version.TryParse(session.AgentVersion?.Split('-', '+')[0], out var version) && version >= least
            ? null
            : Problems.AgentTooOld(session.AgentVersion ?? "?", least.ToString());
    }
}
