using System.Security.Cryptography;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Sessions;

namespace Rekey.Ra.Download;

/// <summary>Opens a session for what the codes allow. The session knows the authorisation from then on; the codes are forgotten here.</summary>
internal sealed class OpenDownload(OpenAuthorisation authorisations, OpenSession sessions)
{
    /// <summary>Opens it.</summary>
    /// <param name="reference">The reference number.</param>
    /// <param name="code">The authorisation code.</param>
    /// <param name="language">The page's.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">The codes are not right, or what they open is not open any more.</exception>
    public async Task<(SessionKey Key, Session Session)> OpenAsync(string reference, AuthorisationCode code, string language, CancellationToken cancel)
    {
        var (authorisation, proof) = await authorisations.OpenAsync(reference, code, cancel);
        try
        {
            return await sessions.OpenForAsync(new(authorisation.Id, proof), language, cancel);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(proof);
        }
    }

    /// <summary>The codes as a program sent them.</summary>
    /// <exception cref="ProblemException">RK-2011: they have not the form of codes. No try is spent.</exception>
    public static (string Reference, AuthorisationCode Code) Read(string reference, string code) =>
        ReferenceNumber.Read(reference, out var number) is null && AuthorisationCode.Read(code, out var typed) is null
            ? (number!, typed!)
            : throw new ProblemException(Problems.BadRequest("reference or code has not the form of one"));
}
