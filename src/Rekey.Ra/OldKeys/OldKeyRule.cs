using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;

namespace Rekey.Ra.OldKeys;

/// <summary>A key that an earlier renewal has made an old one, and that is still on its token.</summary>
/// <param name="IsHalf">It is the encryption half of a pair.</param>
/// <param name="SupersededOn">The day on which its successor was confirmed; null where that is not known.</param>
/// <param name="TakenOver">Its certificate is of a taken-over CA, so nobody here can recover the key.</param>
/// <param name="Needs">Dates until which it is needed.</param>
internal sealed record OldKey(bool IsHalf, DateOnly? SupersededOn, bool TakenOver, IReadOnlyList<Need> Needs);

/// <summary>The old-ciphertext guard's rule: which old key may leave the token, and when a renewal waits for one. Pure.</summary>
internal static class OldKeyRule
{
    /// <summary>Days that a wait leaves a holder to renew in before the certificate expires: to be without a working certificate is worse.</summary>
    public const int DaysLeftToRenew = 7;

    /// <summary>Why a renewal waits, or null when it need not. Of several dates the last one that it can wait for.</summary>
    /// <param name="needs">The dates of the present key.</param>
    /// <param name="rule">The profile's.</param>
    /// <param name="expires">The present certificate's day of expiry.</param>
    /// <param name="today">The institution's date.</param>
    public static Problem? DecideWait(IReadOnlyList<Need> needs, ProfileRule rule, DateOnly expires, DateOnly today) =>
        rule.WhileOldKeyIsNeeded == WhileOldKeyIsNeeded.Wait
        && needs.Where(n => n.Until >= today && n.Until.AddDays(DaysLeftToRenew) <= expires).MaxBy(n => n.Until) is { } last
            ? Problems.RenewalWaits(last.System, last.Until)
            : null;

    /// <summary>Whether an old key may leave its token once the next renewal there is confirmed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="rule">The rule of its profile; for the half of a pair that of the signing half.</param>
    /// <param name="today">The institution's date.</param>
    public static bool MayGo(OldKey key, ProfileRule rule, DateOnly today)
    {
        var days = key.IsHalf ? (key.TakenOver ? null : rule.RetireEncryptionAfterDays) : rule.RetireAfterDays;
        return !key.Needs.Any(n => n.Until >= today) && days is { } wait && key.SupersededOn?.AddDays(wait) <= today;
    }
}
