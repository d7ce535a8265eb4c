using Rekey.Contract.Bridge;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Renewal;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Download;

/// <summary>
/// The rule: whether what was authorised may be downloaded now, and to this token. Pure. That the codes were right was decided when the
/// session was opened; this says whether the authorisation still stands.
/// </summary>
internal static class DownloadRule
{
    /// <summary>Why nothing can be downloaded, or null when it can.</summary>
    /// <param name="authorisation">What was authorised, with its subscriber.</param>
    /// <param name="current">The download under it that is open or confirmed; null when there is none.</param>
    /// <param name="refusal">Why a download may not be begun under it now (<see cref="OpenAuthorisation.Refusal"/>).</param>
    public static Problem? Decide(Authorisation authorisation, DownloadRecord? current, Problem? refusal) =>
        authorisation.Subscriber.State == SubscriberState.Cancelled ? Problems.HolderCancelled()
        : current is { State: DownloadState.Confirmed } ? Problems.AuthorisationSpent()
        : current is { Certificates.Count: > 0 } ? null // what the CA has issued may be finished, whatever became of the authorisation
        : refusal ?? (authorisation.Read().RecoverOldKey ? Problems.OldKeyNotDownloadable() : null);

    /// <summary>Why it cannot go to this token, or null when it can.</summary>
    /// <param name="authorisation">What was authorised.</param>
    /// <param name="token">The token.</param>
    /// <param name="designated">Models that the RA allows; empty for any.</param>
    public static Problem? DecideToken(AuthorisationDocument authorisation, TokenSummary token, IReadOnlyCollection<TokenModel> designated) =>
        RenewalRule.DecideToken(token, designated)
        ?? (authorisation.TokenModel is { } model && model != token.Model && model != $"{token.Manufacturer} {token.Model}"
            ? Problems.TokenModelNotAllowed($"{token.Manufacturer} {token.Model}".Trim())
            : authorisation.TokenSerial is { } serial && serial != token.SerialNumber ? Problems.OtherKeyAuthorised(token.SerialNumber, serial) : null);
}
