using System.Globalization;
using System.Text.RegularExpressions;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;

namespace Rekey.Contract.Problems;

/// <summary>
/// Problems in CMP: the failure bit that any client understands, and a status text that begins with the number and its values, from
/// which our own agent makes the problem again and shows it in the holder's language.
/// </summary>
public static partial class CmpProblem
{
    /// <summary>The PKIFailureInfo bit of a problem.</summary>
    public static CmpFailure Failure(Problem problem) => problem.Number switch
    {
        3001 or 3002 or 3005 => CmpFailure.BadCertId,
        3003 or 3004 or 3008 or 3110 => CmpFailure.CertRevoked,
        3120 or 4010 or 4011 => CmpFailure.SystemUnavail,
        >= 3000 and < 4000 or 4012 => CmpFailure.NotAuthorized,
        5004 => CmpFailure.CertConfirmed,
        >= 5000 and < 6000 and not 5001 and not 5005 => CmpFailure.NotAuthorized,
        4002 or 4003 or 4004 or 5001 or 5005 => CmpFailure.BadCertTemplate,
        9001 => CmpFailure.SystemFailure,
        _ => CmpFailure.BadRequest,
    };

    /// <summary>What a message asks for, as <see cref="CmpRequests.Proven"/> says.</summary>
    /// <exception cref="CmpInvalidException">More, without a key, or without a proof that verifies.</exception>
    /// <exception cref="ProblemException">A kind of key that is not known here.</exception>
    public static ProvenRequest Proven(CmpMessage message)
    {
        try
        {
            return CmpRequests.Proven(message);
        }
        catch (UnsupportedKeyException e)
        {
            throw new ProblemException(Problems.KeyTypeNotAllowed(e.Message), e);
        }
    }

    /// <summary>The status text: <c>RK-3102 Wait [2028-12-14] It is too early …</c>.</summary>
    public static string Text(Problem problem) =>
        $"{problem.Code} {problem.Next} [{string.Join('|', problem.Arguments)}] {problem.Title(CultureInfo.GetCultureInfo("en"))}";

    /// <summary>The problem that a status text names, or null when it names none.</summary>
    public static Problem? Parse(string text) =>
        Form().Match(text) is { Success: true } m && Enum.TryParse<NextStep>(m.Groups[2].ValueSpan, out var next)
            ? new Problem(int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture), next, 409, m.Groups[3].Length == 0 ? [] : m.Groups[3].Value.Split('|'))
            : null;

    [GeneratedRegex(@"\ARK-([123459][0-9]{3}) ([A-Za-z]+) \[([^\]]*)\]")]
    private static partial Regex Form();
}
